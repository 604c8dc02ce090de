import { defineConfig } from 'vitest/config';

/** Of `.ci/check-restore`, which knows where a Postgres with pg_dump is: the embedded one of `npm test` has none. */
export default defineConfig({
  test: { include: ['test/upgrade/restore.check.ts'], testTimeout: 180_000, hookTimeout: 60_000 },
});
