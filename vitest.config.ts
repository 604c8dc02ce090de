import { defineConfig } from 'vitest/config';

/** Files that run at once. Most of a behaviour test is waiting, so even two cores have time for two. */
const filesAtOnce = 2;

/** What measures times of calls runs alone: others would cost it the moments that it counts. */
const measuring = ['test/behaviour/pacing.test.ts'];

/** The behaviour suite runs once on each queue engine, with everything else alike. */
const behaviour = (engine: 'postgres' | 'redis', files: { include: string[]; exclude?: string[] }, order = 1) => ({
  test: {
    name: `${order === 1 ? 'behaviour' : 'pace'} on ${engine}`,
    ...files,
    globalSetup: ['test/harness/global-setup.ts'],
    provide: { engine },
    testTimeout: 90_000,
    hookTimeout: 90_000,
    maxWorkers: order === 1 ? filesAtOnce : 1,
    isolate: false,
    sequence: { groupOrder: order },
  },
});

/** The dashboard in a real Chromium; it does not depend on the queue engine. */
const browser = {
  test: {
    name: 'browser',
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    provide: { engine: 'postgres' as const },
    testTimeout: 60_000,
    hookTimeout: 180_000,
    maxWorkers: filesAtOnce,
    sequence: { groupOrder: 1 },
  },
};

/** A few seeds of the chaos suite, which starts servers of its own: it kills them. Alone, since it looks at the pace. */
const chaos = (engine: 'postgres' | 'redis', groupOrder: number) => ({
  test: {
    name: `chaos on ${engine}`,
    include: ['test/chaos/**/*.test.ts'],
    provide: { engine },
    testTimeout: 180_000,
    hookTimeout: 90_000,
    maxWorkers: 1,
    sequence: { groupOrder },
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
          ],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: filesAtOnce,
        },
      },
      behaviour('postgres', { include: ['test/behaviour/**/*.test.ts'], exclude: measuring }),
      behaviour('redis', { include: ['test/behaviour/**/*.test.ts'], exclude: measuring }),
      behaviour('postgres', { include: measuring }, 2),
      behaviour('redis', { include: measuring }, 3),
      browser,
      chaos('postgres', 4),
      chaos('redis', 5),
    ],
  },
});
