import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { createBullBoard } from '@bull-board/api';
import { ExpressAdapter } from '@bull-board/express';
import type { Queues } from '@keyferry/queue';
import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import { permit } from '../http/authorise.ts';
import { Problem } from '../http/problem.ts';

/** Of Bull Board's page: its own scripts, styles and fonts, nothing from another host, and nothing to send a form to. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * `/queues`: BullMQ's queues as they are, in Bull Board, for admins. Only to look at: plans are steered, not jobs, so
 * nothing but GET is answered. What a browser opens without leave is left to the dashboard, which lets one sign in or
 * says whom to ask.
 */
export function queueBoardRoute(queues: Queues, letIn: readonly RequestHandler[]): Router {
  const router = Router();
  let board: Promise<RequestHandler> | undefined;
  router.get('/{*path}', ...letIn, (_request, response, next) => {
    permit(response, 'GET /queues');
    response.set('Content-Security-Policy', policy);
    next();
  });
  // Bull Board would wait for a server that is away.
  router.get('/api/{*path}', async (_request, _response, next) => {
    await queues.ping().catch(() => {
      throw new Problem(503, 'The queue does not answer', 'Plans resume automatically once it is back.');
    });
    next();
  });
  router.get('/{*path}', async (request, response, next) => {
    board ??= openBoard(queues);
    const show = await board;
    show(request, response, next);
  });
  router.use(leaveToDashboard);
  return router;
}

const leaveToDashboard: ErrorRequestHandler = (error, request, _response, next) => {
  const refused = error instanceof Problem && (error.status === 401 || error.status === 403);
  next(refused && request.get('accept')?.includes('text/html') ? undefined : error);
};

async function openBoard(queues: Queues): Promise<RequestHandler> {
  const serverAdapter = new ExpressAdapter().setBasePath('/queues');
  const options = {
    // It would look by a `require` of its own, which a bundle has not.
    uiBasePath: dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json')),
    uiConfig: {
      boardTitle: 'Keyferry queues',
      boardLogo: { path: '/favicon.svg' },
      favIcon: { default: '/favicon.svg', alternative: '/favicon.svg' },
      miscLinks: [{ text: 'Back to Keyferry', url: '/' }],
      hideDocsLink: true,
      // It would look for connections of its own naming, and warn that there are none.
      showWorkers: false,
    },
  };
  createBullBoard({ queues: await queues.board(), serverAdapter, options });
  const app = serverAdapter.getRouter();
  app.disable('x-powered-by');
  // Express would give the template what is known of the caller too, of which EJS takes `scope` for one of its options.
  const render = app.render.bind(app);
  app.render = (name: string, options?: object, done?: (error: Error, html: string) => void) =>
    render(name, { ...options, _locals: {} }, done);
  return app;
}
