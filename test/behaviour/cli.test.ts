import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

const script = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));
const region = 'eu-west-1';
let keyferry: Keyferry;
let folder: string;
beforeAll(async () => {
  keyferry = await startKeyferry();
  folder = await mkdtemp(join(tmpdir(), 'keyferry-cli-'));
});
afterAll(async () => {
  await keyferry?.stop();
  await rm(folder, { recursive: true, force: true });
});

function start(...args: string[]) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env.PATH ?? '', KEYFERRY_URL: keyferry.url, KEYFERRY_TOKEN: adminToken },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]).then(
    ([out, err, [code]]) => ({ out, err, code: code as number }),
  );
  return { child, ended };
}
const run = (...args: string[]) => start(...args).ended;

/** A plan file over new keys of the simulator. */
async function planFile(group: Record<string, unknown>, more = ''): Promise<string> {
  const keys = await keyferry.simulator.makeKeys({ account: newAccount(), ...group });
  const file = join(folder, `${keys[0]?.id}.yaml`);
  await writeFile(
    file,
    `name: from a file\nkeys:\n${keys.map((key) => `  - ${key.id}\n`).join('')}regions: [${region}]\n${more}`,
  );
  return file;
}
const idIn = (out: string) => /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(out)?.[0] ?? '';

describe('keyferry plan submit --wait', () => {
  it('ends with 0 when every replica is usable, and says what became of each Region', async () => {
    const { out, code } = await run('plan', 'submit', '-f', await planFile({ count: 5 }), '--wait');
    expect(out).toMatch(/Plan from a file succeeded in \d+ s \(the AWS quotas allow \d+ s\)/);
    expect(out).toMatch(/eu-west-1 │ +5/);
    expect(out).not.toContain('\x1b');
    expect(code).toBe(0);
  });

  it('ends with 2 when some are blocked, and says why and what to do', async () => {
    const file = await planFile({ count: 2, state: 'Disabled' });
    const { out, code } = await run('plan', 'submit', '-f', file, '--wait');
    expect(out).toMatch(/key_disabled × 2: The primary is disabled\.\n.*\n +do +Enable the primary, then retry\./);
    expect(code).toBe(2);
  });

  it('prints one JSON object a line with --json, and nothing else', async () => {
    const { out, err, code } = await run('--json', 'plan', 'submit', '-f', await planFile({ count: 2 }), '--wait');
    const plans = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(plans.at(-1)).toMatchObject({ state: 'succeeded', counts: { total: 2, succeeded: 2 } });
    expect(err).toContain('Submitted plan');
    expect(code).toBe(0);
  });

  it('ends with 3 when the plan is cancelled meanwhile', async () => {
    const watching = start('plan', 'submit', '-f', await planFile({ count: 200 }), '--wait');
    let said = '';
    watching.child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    const id = await until(
      'it is submitted',
      () => idIn(said),
      (one) => one !== '',
    );
    expect(await run('plan', 'cancel', id)).toMatchObject({ code: 0, out: expect.stringMatching(/Cancelled\./) });
    const { out, code } = await watching.ended;
    expect(out).toContain('cancelled');
    expect(code).toBe(3);
    expect(await run('plan', 'pause', id)).toMatchObject({ code: 64, err: expect.stringContaining('cancelled') });
  });

  it('leaves the plan alone when the watching is interrupted', async () => {
    const watching = start('plan', 'submit', '-f', await planFile({ count: 30 }), '--wait');
    let said = '';
    watching.child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    await until(
      'it shows progress',
      () => said,
      (one) => /running · \d+\/30/.test(one),
    );
    watching.child.kill('SIGINT');
    const { out, code } = await watching.ended;
    expect(code).toBe(130);
    expect(out).toContain('Stopped watching; the plan goes on.');
    expect(await keyferry.settled(idIn(out))).toMatchObject({ state: 'succeeded', counts: { succeeded: 30 } });
  });
});

describe('a preview', () => {
  it('creates nothing until it is executed', async () => {
    const { out, code } = await run('plan', 'submit', '-f', await planFile({ count: 3 }), '--preview', '--wait');
    expect(code).toBe(0);
    expect(out).toContain('Nothing was created. Run it: keyferry plan execute');
    const id = idIn(out);
    expect(await run('plan', 'execute', id)).toMatchObject({ code: 0 });
    expect(await run('plan', 'watch', id)).toMatchObject({ code: 0, out: expect.stringMatching(/eu-west-1 │ +3/) });
  });
});

describe('keyferry plan report', () => {
  it('writes one row a replica into a file', async () => {
    const submitted = await run('plan', 'submit', '-f', await planFile({ count: 4 }), '--wait');
    const file = join(folder, 'report.csv');
    expect(await run('plan', 'report', idIn(submitted.out), '-o', file)).toMatchObject({ code: 0 });
    const rows = (await readFile(file, 'utf8')).trim().split(/\r?\n/);
    expect(rows).toHaveLength(5);
    expect(rows.slice(1).every((row) => row.includes(region) && row.includes('succeeded'))).toBe(true);
  });

  it('of a plan that is not there ends with 64 and leaves no file', async () => {
    const file = join(folder, 'none.csv');
    const { code, err } = await run('plan', 'report', '01a20b4f-0acb-72f2-88f5-0411a4ffa33f', '-o', file);
    expect(code).toBe(64);
    expect(err).toMatch(/^keyferry: /);
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });
});
