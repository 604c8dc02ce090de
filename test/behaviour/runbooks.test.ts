import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { bareEnvironment } from '../harness/bare-environment.ts';
import { adminToken, type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const script = join(root, 'apps/cli/src/main.ts');
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

let keyferry: Keyferry;
let folder: string;
const approvers: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyferry-runbooks-'));
  await writeFile(join(folder, 'public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
  keyferry = await startKeyferry({
    KEYFERRY_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    KEYFERRY_QUOTA_UPDATE_PRIMARY_REGION: '20',
    KEYFERRY_WEBHOOK_HOSTS: 'checks.example.com',
    KEYFERRY_CHECK_TOKENS: 'payments-check@checks.example.com=a-token',
  });
  await keyferry.simulator.control('PATCH', '/settings', { promotionMs: 200, quotas: { UpdatePrimaryRegion: 20 } });
  for (const name of ['anna', 'bert']) {
    approvers.push((await keyferry.client.request('POST /v1/tokens', { body: { name, role: 'approver' } })).token);
  }
});
afterAll(async () => {
  await keyferry?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command as it stands in a runbook, in a folder that has the files it names. */
function run(command: string, token = adminToken): Promise<{ code: number; said: string }> {
  const [, ...args] = command.split(' ');
  const env = { ...bareEnvironment, KEYFERRY_URL: keyferry.url, KEYFERRY_TOKEN: token };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { cwd: folder, env, timeout: 60_000 }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, said: `${command}\n${out}${err}` });
    });
  });
}

/** The commands of a runbook that are to be run, in their order. */
const commandsOf = (text: string): string[] =>
  [...text.matchAll(/^```sh drill\n(.*?)^```/gms)].flatMap(([, block = '']) => block.trim().split('\n'));

/** The example over keys of the test's own, with no wait and no address that is somebody else's. */
async function example(file: string): Promise<string> {
  const account = newAccount();
  // What is there already but other than `replica` wants it would be drifted, which no drill mends.
  const replicas = file.includes('repair') ? [] : [{ region: 'us-west-2' }, { region: 'eu-west-1' }];
  const group = { account, tags: { tier: '1' }, aliasPrefix: 'alias/runbook' };
  await keyferry.simulator.makeKeys({ ...group, count: 2, replicas });
  if (!file.includes('proof')) await keyferry.simulator.makeKeys({ ...group, count: 1 });
  const runbook = parse(readFileSync(join(root, file), 'utf8'));
  runbook.selector.account = account;
  for (const step of runbook.steps) {
    if (step.step === 'wait') step.for = '1s';
    if (step.step === 'http') Object.assign(step, { timeout: '2s', every: '1s' });
    if (step.step === 'verify') step.every = '1s';
  }
  const copy = join(folder, basename(file));
  await writeFile(copy, stringify(runbook));
  return copy;
}

/** Says go as soon as that is asked for, in the name of as many as it takes. */
async function approve(id: string, command: string): Promise<void> {
  const step = / --step (\S+)/.exec(command)?.[1] ?? null;
  const drill = await keyferry.client.request('GET /v1/drills/{id}', { id });
  const count = step === null ? drill.approvals_required : 1;
  for (const token of approvers.slice(0, count)) {
    await until(
      `${command} is taken`,
      () => run(command, token),
      ({ code }) => code === 0,
      { withinMs: 60_000, everyMs: 200 },
    );
  }
}

const runbooks = readdirSync(join(root, 'docs/runbooks')).filter((name) => name !== 'README.md');

it.each(runbooks)('docs/runbooks/%s does what it says', async (name) => {
  const commands = commandsOf(readFileSync(join(root, 'docs/runbooks', name), 'utf8'));
  const file = /-f (\S+)/.exec(commands.join('\n'))?.[1] ?? '';
  const copy = await example(file);
  let id = '';
  for (const line of commands) {
    const command = line.replace(file, copy).replace('$ID', id);
    if (line.includes(' approve ')) {
      await approve(id, command);
      continue;
    }
    const { code, said } = await run(command);
    // What is found on the way (an address that nobody answers at) is told by 2, and is no failure of the drill.
    expect([0, ...(/watch|show/.test(line) ? [2] : [])], said).toContain(code);
    if (line.includes(' run ')) id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(said)?.[0] ?? '';
  }
  const drill = await keyferry.client.request('GET /v1/drills/{id}', { id });
  expect({ state: drill.state, reason: drill.reason }).toMatchObject({
    state: expect.stringMatching(/^(succeeded|completed_with_findings)$/),
  });
  expect(commands.at(-1)).toMatch(/^keyferry evidence verify/);
});
