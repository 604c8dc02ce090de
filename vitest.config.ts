import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests start hundreds of processes of Node; each starts in half the time where what it loads is compiled already. */
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url));

/** Files that run at once. Most of a behaviour test is waiting, so even two cores have time for three. */
const filesAtOnce = 3;

/** What measures times of calls runs alone: others would cost it the moments that it counts. */
const measuring = ['test/behaviour/import-reservation.test.ts', 'test/behaviour/pacing.test.ts'];

/**
 * What no queue engine can make a difference to: what is asked and answered over HTTP, what CCKM sends, and how a plan is
 * resolved; and what is about servers that the test starts itself.
 */
const onOneEngine = [
  'test/behaviour/cckm-versions.test.ts',
  'test/behaviour/cli.test.ts',
  'test/behaviour/drift.test.ts',
  'test/behaviour/http-api.test.ts',
  'test/behaviour/full-disk.test.ts',
  'test/behaviour/login.test.ts',
  'test/behaviour/hostile-text.test.ts',
  'test/behaviour/poolers.test.ts',
  'test/behaviour/redis-cluster.test.ts',
  'test/behaviour/redis-readonly.test.ts',
  'test/behaviour/redis-sentinel.test.ts',
  'test/behaviour/silent-postgres.test.ts',
  'test/behaviour/partial-success.test.ts',
  'test/behaviour/preflight.test.ts',
  'test/behaviour/runbooks.test.ts',
  'test/behaviour/stale-identity.test.ts',
  'test/behaviour/unreachable-region.test.ts',
];

type Engine = 'postgres' | 'redis';

/** The behaviour suite runs once on each queue engine, with everything else alike. */
const behaviour = (engine: Engine, exclude: string[]) => ({
  test: {
    name: `behaviour on ${engine}`,
    include: ['test/behaviour/**/*.test.ts'],
    exclude,
    globalSetup: ['test/harness/global-setup.ts'],
    provide: { engine },
    testTimeout: 90_000,
    hookTimeout: 90_000,
    maxWorkers: filesAtOnce,
    isolate: false,
    sequence: { groupOrder: 1 },
  },
});

const pace = (engine: Engine, groupOrder: number, include = measuring) => ({
  test: {
    ...behaviour(engine, []).test,
    name: `pace on ${engine}`,
    include,
    maxWorkers: 1,
    sequence: { groupOrder },
  },
});

/** The dashboard in a real Chromium; it does not depend on the queue engine. */
const browser = {
  test: {
    name: 'browser',
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    provide: { engine: 'postgres' as const },
    testTimeout: 120_000,
    hookTimeout: 180_000,
    maxWorkers: filesAtOnce,
    sequence: { groupOrder: 1 },
  },
};

/** A few seeds of the chaos suite, which starts servers of its own: it kills them. Alone, since it looks at the pace. */
const chaos = (engine: Engine, groupOrder: number) => ({
  test: {
    name: `chaos on ${engine}`,
    include: ['test/chaos/*.test.ts'],
    provide: { engine },
    testTimeout: 180_000,
    hookTimeout: 90_000,
    maxWorkers: 1,
    sequence: { groupOrder },
  },
});

/** The release before and this one work on the same database, as in an upgrade. Each of its tests has both queue engines. */
const upgrade = {
  test: {
    name: 'upgrade',
    include: ['test/upgrade/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    provide: { engine: 'redis' as const },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: filesAtOnce,
    maxConcurrency: 2,
    sequence: { groupOrder: 1 },
  },
};

/** A drill in each of whose steps every process is killed. It looks at no pace, so both engines go at once. */
const drill = (engine: Engine) => ({
  test: {
    name: `drill on ${engine}`,
    include: ['test/chaos/drill/*.test.ts'],
    provide: { engine },
    testTimeout: 240_000,
    hookTimeout: 90_000,
    maxWorkers: 2,
    sequence: { groupOrder: 4 },
  },
});

export default defineConfig({
  test: {
    // .ci/run counts from the file.
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.keyferry/test-results.json' }]] : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'apps/**/*.test.ts',
            'packages/**/*.test.ts',
            'test/schema/**/*.test.ts',
            'test/house/**/*.test.ts',
            'test/fuzz/**/*.test.ts',
            'test/audit/**/*.test.ts',
            'test/package/**/*.test.ts',
          ],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // They work more than they wait.
          maxWorkers: 2,
          // Most files load the same things, which costs more than their tests.
          isolate: false,
        },
      },
      behaviour('postgres', measuring),
      behaviour('redis', [...measuring, ...onOneEngine]),
      browser,
      upgrade,
      pace('postgres', 2),
      pace('redis', 3, ['test/behaviour/pacing.test.ts']),
      drill('postgres'),
      drill('redis'),
      chaos('postgres', 5),
      chaos('redis', 6),
    ],
  },
});
