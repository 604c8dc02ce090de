import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressAssets } from './compress-assets.ts';
import { dropUnusedSchemas } from './drop-unused-schemas.ts';

/**
 * The API that `npm run dev -w @keyferry/dashboard` talks to; with KEYFERRY_TOKEN in the environment as its holder, else
 * by signing in.
 */
const api = {
  target: 'http://127.0.0.1:4400',
  headers: process.env.KEYFERRY_TOKEN ? { authorization: `Bearer ${process.env.KEYFERRY_TOKEN}` } : {},
};

/** What few pages need. Nothing of it is to be in a file that all pages load. */
const charts =
  /node_modules[\\/](recharts|@mantine[\\/]charts|d3-[a-z-]+|es-toolkit|@reduxjs|immer|decimal\.js-light|victory-vendor|redux|redux-thunk|reselect|react-redux|internmap)[\\/]/;
const schemas = /node_modules[\\/](zod|temporal-polyfill|temporal-utils)[\\/]/;
const specs =
  /packages[\\/]core[\\/]src[\\/](regions[\\/]region-(schema|group)\.ts|time[\\/](time-zone|duration-schema)\.ts|plan[\\/](plan-regions|spec|replica-block|field-notes|promotion|tag-rules|approval|windows|limits|manifest-row)\.ts|input[\\/]|api[\\/]decision|policy[\\/])/;
const forms =
  /node_modules[\\/](react-number-format|@mantine[\\/]core[\\/]esm[\\/]components[\\/](NumberInput|Checkbox|Radio|Textarea|Combobox|Select|TagsInput|JsonInput|Switch|Modal|ModalBase|Drawer|Pill|PillsInput)[\\/])/;
const matrix = /@tanstack[\\/](virtual-core|react-virtual)|dashboard[\\/]src[\\/]matrix[\\/]/;
const plan = /dashboard[\\/]src[\\/]plan[\\/](plan\.tsx|plan-tabs|progress|notices|matrix|controls[\\/](?!approval))/;
const editor =
  /node_modules[\\/](yaml|luxon|cron-parser)[\\/]|dashboard[\\/]src[\\/](documents|webhooks)[\\/]|packages[\\/]core[\\/]src[\\/](schedule[\\/]|webhook[\\/]webhook\.ts|coverage[\\/]policy\.ts|drill[\\/](runbook|scope-policy|written-secrets)|[a-z-]+[\\/][a-z-]+-json-schema\.ts)/;
const seldom = [charts, schemas, specs, forms, matrix, plan, editor];

/** Few files, each of which is needed as a whole where it is needed: every request costs a page as much as some KB do. */
const chunks = [
  { name: 'base', tags: ['$initial' as const], priority: 7 },
  { name: 'schemas', test: schemas, priority: 6 },
  { name: 'common', test: (id: string) => !seldom.some((of) => of.test(id)), minShareCount: 2, priority: 5 },
  { name: 'specs', test: specs, priority: 4 },
  { name: 'forms', test: forms, priority: 3 },
  { name: 'matrix', test: matrix, priority: 2 },
  { name: 'plan', test: plan, priority: 1 },
  { name: 'editor', test: editor, priority: 0 },
];

export default defineConfig({
  plugins: [react(), dropUnusedSchemas(), compressAssets()],
  build: {
    // Nothing is inlined as a data: URL, so that the content security policy need not allow any.
    assetsInlineLimit: 0,
    // All of them know light-dark(). For older ones it would be lowered to variables that only work where `color-scheme` is set in
    // the same file: backgrounds of the matrix and of the policies would be transparent.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    chunkSizeWarningLimit: 600,
    // One file: a page needs little beside the styles of all.
    cssCodeSplit: false,
    rolldownOptions: { output: { codeSplitting: { groups: chunks } } },
    // Of what is built in, for whom it is passed on to.
    license: true,
  },
  // The API puts a fresh nonce in its place with every answer.
  html: { cspNonce: '{{csp-nonce}}' },
  server: { proxy: { '/v1': api, '/login': api, '/openapi.json': api, '/docs': api, '/queues': api } },
});
