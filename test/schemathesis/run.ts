import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Role } from '@keyferry/core';
import { runKeyferry } from '../harness/run-keyferry.ts';
import { startPostgres } from '../servers/index.ts';
import { installSchemathesis } from './install-schemathesis.ts';
import { type Ask, storeObjects } from './store-objects.ts';

/**
 * `npm run check:api`: asks a running API whatever its OpenAPI document allows, and what it does not, with schemathesis: as a
 * viewer, then as an operator. Nothing may be answered that the document does not tell. The seed is always the same.
 */
const seed = '20261130';
/**
 * Who asks, and how: each limit of each parameter in turn (coverage) is looked at once, as the one who may do more.
 */
const runs: readonly { role: Role; phases: string }[] = [
  { role: 'viewer', phases: 'examples,fuzzing' },
  { role: 'operator', phases: 'examples,coverage,fuzzing' },
];
/** Far more than it takes: what hangs is to fail. */
const mostMs = 300_000;
const config = fileURLToPath(new URL('schemathesis.toml', import.meta.url));

try {
  process.exitCode = (await check()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`check:api: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** Whether everything was answered as the document says. */
async function check(): Promise<boolean> {
  const schemathesis = await installSchemathesis();
  const adminToken = randomBytes(32).toString('hex');
  const postgres = await startPostgres();
  try {
    const keyferry = await runKeyferry({
      ...{ postgresUrl: postgres.url, redisUrl: null, adminToken, simulatorSettings: {} },
      env: { KEYFERRY_RATE_LIMIT: '0', KEYFERRY_VERIFY_POLL_MS: '150' },
      waiting: { withinMs: 60_000, everyMs: 100 },
    });
    try {
      const ask: Ask = async (method, path, body) => {
        const response = await fetch(`${keyferry.url}${path}`, {
          method,
          headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
        return JSON.parse(await response.text());
      };
      await storeObjects(keyferry, ask);
      // What the requests make is not run: the same requests get the same answers.
      await Promise.all(keyferry.workers.map((worker) => worker.stop()));
      const passed: boolean[] = [];
      for (const { role, phases } of runs) {
        const { token } = await ask<{ token: string }>('POST', '/v1/tokens', { name: `checks-as-${role}`, role });
        process.stdout.write(`\nAs ${role}:\n`);
        passed.push(await runSchemathesis(schemathesis, ['--phases', phases, ...asCaller(keyferry.url, token)]));
      }
      return passed.every(Boolean);
    } finally {
      await keyferry.stop();
    }
  } finally {
    await postgres.stop();
  }
}

function asCaller(url: string, token: string): string[] {
  return [`${url}/openapi.json`, '--seed', seed, '-H', `Authorization: Bearer ${token}`];
}

async function runSchemathesis(program: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(program, ['--config-file', config, '--no-color', 'run', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // Whatever it leaves behind is left where git does not look.
    cwd: fileURLToPath(new URL('../../.keyferry/', import.meta.url)),
    timeout: mostMs,
  });
  const [code] = await once(child, 'exit');
  if (code === null) process.stderr.write(`check:api: it was ended after ${mostMs / 1_000} s: something hangs\n`);
  return code === 0;
}
