import { defineConfig } from 'vitest/config';

/** The behaviour suite runs once on each queue engine, with everything else alike. */
const behaviour = (engine: 'postgres' | 'redis') => ({
  test: {
    name: `behaviour on ${engine}`,
    include: ['test/behaviour/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    provide: { engine },
    testTimeout: 90_000,
    hookTimeout: 90_000,
    maxWorkers: 1,
    isolate: false,
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
          ],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      behaviour('postgres'),
      behaviour('redis'),
    ],
  },
});
