#!/usr/bin/env node
/** What `keyferry` runs in the npm package: a service by its name, else the CLI. Each loads nothing of the others. */
const services = {
  api: () => import('../apps/api/src/main.ts'),
  worker: () => import('../apps/worker/src/main.ts'),
  migrate: () => import('../apps/api/src/migrate.ts'),
  'api-health': () => import('../apps/api/src/health.ts'),
  'worker-health': () => import('../apps/worker/src/health.ts'),
  simulator: () => import('../apps/simulator/src/main.ts'),
};
const name = process.argv[2] ?? '';
await (Object.hasOwn(services, name) ? services[name]() : import('../apps/cli/src/main.ts'));
