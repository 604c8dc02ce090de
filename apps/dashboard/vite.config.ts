import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressAssets } from './compress-assets.ts';

/**
 * The API that `npm run dev -w @keyferry/dashboard` talks to; with KEYFERRY_TOKEN in the environment as its holder, else
 * by signing in.
 */
const api = {
  target: 'http://127.0.0.1:4400',
  headers: process.env.KEYFERRY_TOKEN ? { authorization: `Bearer ${process.env.KEYFERRY_TOKEN}` } : {},
};

export default defineConfig({
  plugins: [react(), compressAssets()],
  build: {
    // Nothing is inlined as a data: URL, so that the content security policy need not allow any.
    assetsInlineLimit: 0,
    // All of them know light-dark(). For older ones it would be lowered to variables that only work where `color-scheme` is set in
    // the same file: backgrounds of the matrix and of the policies would be transparent.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    chunkSizeWarningLimit: 600,
    // Of what is built in, for whom it is passed on to.
    license: true,
  },
  // The API puts a fresh nonce in its place with every answer.
  html: { cspNonce: '{{csp-nonce}}' },
  server: { proxy: { '/v1': api, '/login': api, '/openapi.json': api, '/docs': api, '/queues': api } },
});
