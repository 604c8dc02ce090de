import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import express, { type RequestHandler, Router } from 'express';

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
  const assets = join(folder, 'assets');
  router.use('/assets', asCompressed(assets));
  // Their names change with what is in them.
  router.use('/assets', express.static(assets, { index: false, immutable: true, maxAge: '1y' }));
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

/** What a build makes of each script and style, the smallest first: see apps/dashboard/compress-assets.ts. */
const forms = [
  { encoding: 'br', ending: '.br' },
  { encoding: 'gzip', ending: '.gz' },
] as const;

/**
 * Takes the form of an asset that was compressed when it was built, which is smaller than one that is compressed while it is sent.
 * Only what is the same for everybody is compressed: next to a secret, what compresses well can be guessed.
 */
function asCompressed(assets: string): RequestHandler {
  const built = new Set(existsSync(assets) ? readdirSync(assets) : []);
  return (request, response, next) => {
    const name = request.path.slice(1);
    const form = forms.find(({ encoding, ending }) => built.has(name + ending) && request.acceptsEncodings(encoding));
    response.vary('Accept-Encoding');
    if (form !== undefined) {
      response.type(extname(name)).set('Content-Encoding', form.encoding);
      request.url = `/${name}${form.ending}`;
    }
    next();
  };
}
