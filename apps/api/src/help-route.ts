import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import compression from 'compression';
import express, { Router } from 'express';

/**
 * The documentation as `npm run build:docs` built it into `folder`; where it was not built, a page that says so. Open to
 * everyone: it says nothing about this installation.
 */
export function helpRoute(folder: string): Router {
  const router = Router();
  if (!existsSync(join(folder, 'index.html'))) {
    router.get('/{*path}', (_request, response) => {
      response
        .status(404)
        .type('text')
        .send('The documentation is not built: run `npm run build:docs`, then restart the API.\n');
    });
    return router;
  }
  const policy = policyFor(readFileSync(join(folder, 'index.html'), 'utf8'));
  router.use((_request, response, next) => {
    response.set('Content-Security-Policy', policy);
    next();
  });
  router.use(compression());
  // Their names change with what is in them.
  router.use('/assets', express.static(join(folder, 'assets'), { index: false, immutable: true, maxAge: '1y' }));
  router.use(express.static(folder, { extensions: ['html'] }));
  return router;
}

/** Nothing from another host. Inline are only the generator's own scripts, alike on every page, and styles of elements. */
function policyFor(page: string): string {
  const inline = [...page.matchAll(/<script(?![^>]*\ssrc=)[^>]*>(.*?)<\/script>/gs)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src ${["'self'", ...inline].join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
