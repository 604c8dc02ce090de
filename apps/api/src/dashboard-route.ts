import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import compression from 'compression';
import express, { Router } from 'express';

/** Stands in the built page wherever a nonce is to stand, see apps/dashboard/vite.config.ts. */
const noncePlace = '{{csp-nonce}}';

/** Nothing from another host, no script and no style but the page's own. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    // The queues, in Bull Board.
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

/**
 * The dashboard as it was built into `folder`: its parts, and its page for every other path that a browser navigates to.
 * Where it was not built, a page that says so.
 */
export function dashboardRoute(folder: string): Router {
  const router = Router();
  const file = join(folder, 'index.html');
  if (!existsSync(file)) {
    router.get('/', (_request, response) => {
      response.status(404).type('text').send('The dashboard is not built: run `node scripts/build-dashboard.mjs`.\n');
    });
    return router;
  }
  const page = readFileSync(file, 'utf8');
  // Only what is the same for everybody is compressed: next to a secret, what compresses well can be guessed.
  router.use('/assets', compression());
  // Their names change with what is in them.
  router.use('/assets', express.static(join(folder, 'assets'), { index: false, immutable: true, maxAge: '1y' }));
  // The icon of the tab, and the same with a mark that says that something is wrong.
  router.get(/^\/(favicon[a-z-]*\.svg)$/, (request, response) => {
    response.sendFile(request.params[0] ?? '', { root: folder });
  });
  router.get('/{*path}', (request, response, next) => {
    // Only browsers that navigate ask for html by name; to anybody else what is not there is a problem document.
    if (!request.get('accept')?.includes('text/html') || /\.\w+$/.test(request.path)) return next();
    const nonce = randomBytes(16).toString('base64');
    response
      .set({ 'Content-Security-Policy': policy(nonce), 'Cache-Control': 'no-store' })
      .type('html')
      .send(page.replaceAll(noncePlace, nonce));
  });
  return router;
}
