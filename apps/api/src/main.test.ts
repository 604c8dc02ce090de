import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('does not start with an admin token that can be guessed, says how to make one, and does not repeat it', () => {
  const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:9/nothing',
      KEYFERRY_ADMIN_TOKEN: 'changeme-2026',
    },
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect(stderr).toContain('KEYFERRY_ADMIN_TOKEN: expected at least 32 characters');
  expect(stderr).toContain('openssl rand -base64 32');
  expect(stderr).not.toContain('changeme-2026');
  expect(status).toBe(64);
});
