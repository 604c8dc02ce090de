import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminToken, type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
  await keyferry.startWorker();
});
afterAll(() => keyferry?.stop());

const script = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));
async function cli(args: string[], input = ''): Promise<{ out: string; code: number }> {
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env.PATH ?? '', KEYFERRY_URL: keyferry.url, KEYFERRY_TOKEN: adminToken },
  });
  child.stdin.end(input);
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { out, code: code as number };
}

it('finds the gaps of a policy, closes them, and finds none', async () => {
  const account = newAccount();
  await keyferry.simulator.makeKeys({ count: 3, account });
  const policy = { name: 'gaps', selector: { account }, regions: ['us-east-1', 'eu-west-1', 'us-west-2'] };
  expect(await cli(['coverage', 'apply', '-f', '-'], JSON.stringify(policy))).toMatchObject({ code: 0 });
  const before = await cli(['coverage', 'check', 'gaps', '--exit-code']);
  expect(before).toMatchObject({
    code: 2,
    out: expect.stringMatching(/33\.33 % covered: 3 of 9 cells[\s\S]*missing: /),
  });
  const closing = await cli(['--json', 'coverage', 'close', 'gaps']);
  const { id } = JSON.parse(closing.out);
  const plan = await until(
    'the gaps are closed',
    () => keyferry.client.getPlan(id),
    ({ finished_at }) => finished_at !== null,
  );
  expect(plan).toMatchObject({ state: 'succeeded', counts: { total: 6, succeeded: 6 } });
  expect(await cli(['coverage', 'check', 'gaps', '--exit-code'])).toMatchObject({ code: 0 });
});

it('makes a check to its end though the worker that makes it is killed', async () => {
  const account = newAccount();
  await keyferry.simulator.makeKeys({ count: 3, account });
  await keyferry.simulator.addFaults({ operation: 'list-kms', times: 1, effect: { hang: true } });
  const { id } = await keyferry.client.checkCoverage({ name: 'killed', selector: { account }, regions: ['us-east-1'] });
  await until(
    'a worker makes it',
    () => keyferry.client.getCoverageCheck(id),
    ({ state }) => state === 'running',
  );
  const [first] = keyferry.workers;
  await keyferry.startWorker();
  await first?.kill();
  const done = await until(
    'another has made it',
    () => keyferry.client.getCoverageCheck(id),
    ({ state }) => state === 'done',
  );
  expect(done).toMatchObject({ passed: true, keys: 3, counts: { total: 3, covered: 3 } });
});
