import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { createBullBoard } from '@bull-board/api';
import { ExpressAdapter } from '@bull-board/express';
import type { Queues } from '@keyferry/queue';
import { type ErrorRequestHandler, type Request, type RequestHandler, Router } from 'express';
import { permit } from '../http/authorise.ts';
import { Problem } from '../http/problem.ts';

/** Of Bull Board's page: its own scripts and styles, nothing from another host, and a frame for it in a page of this host alone. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

/**
 * `/queues/board`: BullMQ's queues as they are, in Bull Board, for admins; the dashboard shows it in a frame of its page `/queues`.
 * Only to look at: plans are steered, not jobs, so nothing but GET is answered. What a browser opens without being allowed to is
 * left to the dashboard, which lets one sign in or says whom to ask.
 */
export function queueBoardRoute(queues: Queues, letIn: readonly RequestHandler[]): Router {
  const router = Router();
  let board: Promise<RequestHandler> | undefined;
  // The page of the dashboard.
  router.use((request, _response, next) => {
    next(request.baseUrl !== boardPath && wantsPage(request) ? 'router' : undefined);
  });
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
  // Below `/queues` itself too, for programs that look there.
  return Router().use([boardPath, '/queues'], router);
}

const boardPath = '/queues/board';

const wantsPage = (request: Request): boolean => request.get('accept')?.includes('text/html') ?? false;

const leaveToDashboard: ErrorRequestHandler = (error, request, _response, next) => {
  const refused = error instanceof Problem && (error.status === 401 || error.status === 403);
  next(refused && wantsPage(request) ? undefined : error);
};

async function openBoard(queues: Queues): Promise<RequestHandler> {
  const serverAdapter = new ExpressAdapter().setBasePath(boardPath);
  const options = {
    // It would look by a `require` of its own, which a bundle has not.
    uiBasePath: dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json')),
    uiConfig: {
      boardTitle: 'Keyferry queues',
      boardLogo: { path: '/favicon.svg' },
      favIcon: { default: '/favicon.svg', alternative: '/favicon.svg' },
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
    render(name, { ...options, _locals: {} }, (error: Error, html: string) =>
      done?.(error, html && withoutRefused(html)),
    );
  return app;
}

/** Bull Board's page without what its policy refuses: fonts of another host, and the inline styles of what it shows while it loads. */
function withoutRefused(html: string): string {
  return html
    .replaceAll(/<link [^>]*href="https?:[^>]*>/g, '')
    .replace(/(<div id="root">).*?<\/style>\s*(<\/div>)/s, '$1$2');
}
