import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type PlanSpec, planJsonSchema, planSpecSchema, regions } from '@keyferry/core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePlan } from '../../apps/cli/src/parse-plan.ts';
import { bareEnvironment } from '../harness/bare-environment.ts';
import { adminToken, type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

const script = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));
const examples = fileURLToPath(new URL('../../examples/plans/', import.meta.url));
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

const start = (...args: string[]) => startAs(adminToken, ...args);
function startAs(token: string, ...args: string[]) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...bareEnvironment, KEYFERRY_URL: keyferry.url, KEYFERRY_TOKEN: token },
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
    expect(out).toMatch(/Plan from a file succeeded in (?:< 1|\d+) s \(the AWS quotas allow (?:< 1|\d+) s\)/);
    expect(out).toMatch(/eu-west-1 +5/);
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
    watching.child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const id = await until(
      'it is submitted',
      () => idIn(said),
      (one) => one !== '',
    );
    expect(await run('plan', 'cancel', id, '--yes')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Cancelled\./),
    });
    const { out, code } = await watching.ended;
    expect(out).toContain('cancelled');
    expect(code).toBe(3);
    expect(await run('plan', 'pause', id)).toMatchObject({ code: 64, err: expect.stringContaining('cancelled') });
  });

  it('leaves the plan alone when the watching is interrupted', async () => {
    const watching = start('plan', 'submit', '-f', await planFile({ count: 30 }), '--wait');
    let said = '';
    watching.child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await until(
      'it shows progress',
      () => said,
      (one) => /running · \d+\/30/.test(one),
    );
    watching.child.kill('SIGINT');
    const { out, err, code } = await watching.ended;
    expect([code, out]).toEqual([130, '']);
    expect(err).toContain('Stopped watching; the plan continues.');
    expect(await keyferry.settled(idIn(err))).toMatchObject({ state: 'succeeded', counts: { succeeded: 30 } });
  });
});

describe('a plan that requires approval', () => {
  it('is waited for, with the reason, and continues once another caller has approved it', async () => {
    const file = await planFile({ count: 2 }, 'options: { require_approval: true }\n');
    const watching = start('plan', 'submit', '-f', file, '--wait');
    let said = '';
    watching.child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await until(
      'it says what it waits for',
      () => said,
      (one) => one.includes('0 of 1 given. Approve it: keyferry plan approve'),
    );
    const made = await run('token', 'create', '--name', 'ann', '--role', 'approver', '--expires', '1h');
    const approve = (token: string) => startAs(token, 'plan', 'approve', idIn(said), '--yes').ended;
    expect(await approve(adminToken)).toMatchObject({ code: 77, err: expect.stringContaining('admin submitted it') });
    expect(await approve(made.out.trim())).toMatchObject({
      code: 0,
      out: expect.stringContaining('Approved. The plan is'),
    });
    const { out, code } = await watching.ended;
    expect(out).toMatch(/eu-west-1 +2/);
    expect(code).toBe(0);
  });
});

describe('a preview', () => {
  it('creates nothing until it is executed', async () => {
    const { err, code } = await run('plan', 'submit', '-f', await planFile({ count: 3 }), '--preview', '--wait');
    expect(code).toBe(0);
    expect(err).toContain('Nothing was created. Run it: keyferry plan execute');
    const id = idIn(err);
    expect(await run('plan', 'execute', id)).toMatchObject({ code: 0 });
    expect(await run('plan', 'watch', id)).toMatchObject({ code: 0, out: expect.stringMatching(/eu-west-1 +3/) });
  });
});

describe('keyferry plan preview', () => {
  it('shows what a plan would do, creates nothing, and says how to run exactly that', async () => {
    const file = await planFile({ count: 3, aliasPrefix: 'alias/shown' });
    const { out, code } = await run('plan', 'preview', '-f', file);
    expect(out).toContain('Preview of from a file: 3 keys into 1 Region. Nothing was created.');
    expect(out).toMatch(
      /\+ create: 3 replicas of 3 keys\n {2}\d{12} us-east-1 → eu-west-1 \(3 keys\)\n {4}\+ alias\/shown-001/,
    );
    expect(out).toMatch(/Plan: 3 to create, 0 already present\.\nAt least (?:< 1|\d+) s at the AWS quotas/);
    expect(code).toBe(0);
    const id = /Run this plan: keyferry plan execute (\S+)/.exec(out)?.[1] ?? '';
    expect(await keyferry.client.request('GET /v1/plans/{id}', { id })).toMatchObject({
      state: 'previewed',
      counts: { pending: 3 },
    });
    expect((await run('plan', 'preview', id)).out).toBe(out);
    expect(await run('plan', 'execute', id)).toMatchObject({ code: 0 });
    expect(await keyferry.settled(id)).toMatchObject({ state: 'succeeded' });
    expect(await run('plan', 'preview', id)).toMatchObject({ code: 64, err: expect.stringContaining('plan show') });
  });

  it('reports with --exit-code whether there is anything to do: 2, then 0', async () => {
    const file = await planFile({ count: 2 });
    expect(await run('plan', 'preview', '-f', file, '--exit-code')).toMatchObject({ code: 2 });
    expect(await run('plan', 'submit', '-f', file, '--wait')).toMatchObject({ code: 0 });
    const { out, code } = await run('plan', 'preview', '-f', file, '--exit-code');
    expect(out).toContain('Plan: 0 to create, 2 already present.');
    expect(out).toContain('Nothing to create.');
    expect(code).toBe(0);
  });

  it('ends with 1 by --exit-code when something is blocked, and says what to do', async () => {
    const file = await planFile({ count: 1, state: 'Disabled' });
    const { out, code } = await run('plan', 'preview', '-f', file, '--exit-code');
    expect(out).toMatch(/! blocked: 1 replica of 1 key\n {2}key_disabled: [\s\S]*\n {2}do {2}Enable the primary/);
    expect(code).toBe(1);
  });

  it('ends with 1 by --exit-code when the plan cannot be resolved', async () => {
    const file = join(folder, 'nothing.yaml');
    await writeFile(file, 'name: nothing\nselector: { alias: alias/nowhere }\nregions: [eu-west-1]\n');
    const { out, code } = await run('plan', 'preview', '-f', file, '--exit-code');
    expect(out).toContain('could not be resolved: The selector matches no multi-Region primary key');
    expect(code).toBe(1);
  });

  it('prints the sums as one JSON object, and every replica with --all', async () => {
    const file = await planFile({ count: 2 });
    const [head, ...replicas] = (await run('--json', 'plan', 'preview', '-f', file, '--all', '--exit-code')).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(head).toMatchObject({
      plan: { state: 'previewed' },
      to_create: 2,
      already_present: 0,
      blocked: 0,
      exit_code: 2,
    });
    expect(replicas).toMatchObject([
      { state: 'pending', region },
      { state: 'pending', region },
    ]);
  });
});

describe('GET /plan.schema.json', () => {
  it('gives an editor the schema of a plan without a token', async () => {
    const response = await fetch(`${keyferry.url}/plan.schema.json`);
    expect(response.headers.get('content-type')).toMatch(/^application\/schema\+json/);
    expect(await response.json()).toEqual(planJsonSchema());
  });
});

/** An example over keys of the simulator that are as it asks for: those that it names are made, and named instead. */
async function exampleFile(name: string): Promise<string> {
  const example = await readFile(`${examples}${name}`, 'utf8');
  const { operation, keys, selector, regions: into }: PlanSpec = planSpecSchema.parse(parsePlan(example).parsed?.spec);
  const account = selector?.account ?? newAccount();
  // By itself the simulator manages the Regions of the commercial partition only.
  await keyferry.simulator.control('PATCH', '/settings', { kmsRegions: { [account]: [...regions.keys()] } });
  const made = await keyferry.simulator.makeKeys({
    count: keys?.length ?? 2,
    account,
    aliasPrefix: selector?.alias?.replace(/-?\*.*$/, '-example') ?? `alias/${name.replaceAll(/\W+/g, '-')}`,
    ...(selector?.region ? { region: selector.region } : {}),
    ...(selector?.origin ? { origin: selector.origin } : {}),
    ...(selector?.tags ? { tags: selector.tags } : {}),
    ...(operation === 'promote' ? { replicas: into.map((region) => ({ region })) } : {}),
  });
  const text = (keys ?? []).reduce((all, key, i) => all.replaceAll(key, made[i]?.mrk ?? ''), example);
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

describe.each(readdirSync(examples))('examples/plans/%s', (name) => {
  it('would do what it says with keys as it asks for, and nothing of it is blocked', async () => {
    const { out, err, code } = await run('plan', 'preview', '-f', await exampleFile(name), '--exit-code');
    expect(err).toBe('');
    expect(out).toMatch(/Plan: [1-9]\d* to (create|promote), \d+ (already present|primary already)\.\n/);
    expect(code).toBe(2);
  });
});

describe('a manifest', () => {
  it('is checked by line, submitted with its plan, and each replica gets what its row says', async () => {
    const account = newAccount();
    const keys = await keyferry.simulator.makeKeys({ account, count: 3, aliasPrefix: `alias/${account}` });
    const [one, two, three] = keys.map(({ alias }) => alias);
    const file = join(folder, 'rows.csv');
    await writeFile(file, `${one},eu-west-1,{alias}-dr,,tier=1\n${two},,,\n${three},eu-wst-1\n`);
    const wrong = await run('plan', 'submit', '--manifest', file, '--name', 'by row');
    expect(wrong.code).toBe(64);
    expect(wrong.err).toContain(`${file}:2: This row has no Region`);
    expect(wrong.err).toMatch(/rows\.csv:3: region: "eu-wst-1" is not an AWS Region .* Did you mean eu-west-1/);
    await writeFile(file, `key,region,alias,tags\n${one},eu-west-1,{alias}-dr,tier=1\n${two},,\n${three},us-west-2\n`);
    const plan = join(folder, 'rest.yaml');
    await writeFile(plan, 'name: by row\nregions: [eu-central-1]\nreplica: { aws_param: { Description: dr } }\n');
    expect((await run('plan', 'validate', '-f', plan, '--manifest', file)).out).toMatch(/rows\.csv: valid, 3 rows/);
    const { out, code } = await run('--json', 'plan', 'submit', '-f', plan, '--manifest', file, '--wait');
    expect(code).toBe(0);
    const rows = await keyferry.replicas(idIn(out));
    expect(rows.map(({ alias, region, manifest_line }) => [alias, region, manifest_line]).sort()).toEqual(
      [
        [one, 'eu-west-1', 2],
        [two, 'eu-central-1', 3],
        [three, 'us-west-2', 4],
      ].sort(),
    );
    const id = rows.find(({ alias }) => alias === one)?.replica_key_id;
    expect(await keyferry.simulator.control('GET', `/keys/${id}`)).toMatchObject({
      aliases: [`${one}-dr`],
      description: 'dr',
      tags: [{ TagKey: 'tier', TagValue: '1' }],
    });
  });
});

describe('keyferry region-group', () => {
  it('makes, lists and deletes groups, and says what is wrong with one', async () => {
    const made = await run(
      'region-group',
      'set',
      'cli',
      'eu-west-1,eu-central-1',
      'us-west-2',
      '111122223333=eu-north-1',
    );
    expect(made.out).toMatch(/group:cli.*eu-west-1, eu-central-1, us-west-2/);
    expect((await run('region-group', 'list')).out).toMatch(/111122223333.*eu-north-1/);
    const wrong = await run('region-group', 'set', 'cli', 'eu-wst-1');
    expect(wrong).toMatchObject({ code: 64, err: expect.stringContaining('Did you mean eu-west-1') });
    expect((await run('region-group', 'delete', 'cli', '--yes')).out).toContain('Deleted group cli');
    expect((await run('region-group', 'delete', 'cli', '--yes')).code).toBe(64);
  });
});

describe('keyferry rules', () => {
  it('applies the rules of a file, shows them as a file, and lists their versions', async () => {
    const file = join(folder, 'rules.yaml');
    const prod =
      'rules:\n  - name: prod\n    when: { accounts: ["999999999999"], min_replicas: 10 }\n    approvals: 2\n';
    await writeFile(file, prod);
    const applied = await run('rules', 'apply', '-f', file, '--comment', 'Two for production');
    expect(applied).toMatchObject({
      code: 0,
      out: expect.stringContaining('prod: 2 approvals for anything, with keys of'),
    });
    expect((await run('rules', 'apply', '-f', file)).out).toContain('Unchanged: version 1.');
    const shown = await run('rules', 'show');
    expect(shown.out).toMatch(
      /^# By admin at .*\n# Two for production\nkind: ApprovalRules\nversion: 1\nrules:\n {2}- name: prod\n/,
    );
    await writeFile(file, 'rules: []\n');
    expect((await run('rules', 'apply', '-f', file)).code).toBe(0);
    await writeFile(file, shown.out);
    expect(await run('rules', 'apply', '-f', file)).toMatchObject({
      code: 64,
      err: expect.stringContaining('at version 2, not 1'),
    });
    expect((await run('rules', 'history')).out).toMatch(/^ +2 +0 .*\n +1 +1 .*Two for production/m);
    await writeFile(file, prod.replace('approvals: 2', 'approvals: 9'));
    expect(await run('rules', 'apply', '-f', file)).toMatchObject({
      code: 64,
      err: expect.stringContaining('rules.yaml:4:16'),
    });
  });
});

describe('keyferry coverage', () => {
  it('stores policies, shows the result of a check, and creates the plan that closes the gaps', async () => {
    const account = newAccount();
    await keyferry.simulator.makeKeys({ count: 3, account });
    const file = join(folder, 'policy.yaml');
    await writeFile(
      file,
      `name: gaps\nselector: { account: "${account}" }\nregions: [us-east-1, ${region}, us-west-2]\n`,
    );
    expect(await run('coverage', 'apply', '-f', file)).toMatchObject({
      code: 0,
      out: expect.stringContaining('revision 1'),
    });
    expect(await run('coverage', 'check', 'gaps', '--exit-code')).toMatchObject({
      code: 2,
      out: expect.stringMatching(/33\.33 % covered: 3 of 9 cells[\s\S]*missing: /),
    });
    const closing = await run('--json', 'coverage', 'close', 'gaps', '--preview');
    expect(JSON.parse(closing.out)).toMatchObject({ mode: 'preview', spec: { manifest: { rows: 6 } } });
    const [list, show, history, inline] = await Promise.all([
      run('coverage', 'list'),
      run('coverage', 'show', 'gaps'),
      run('--json', 'coverage', 'history', 'gaps'),
      run('coverage', 'check', '-f', file),
    ]);
    expect(list).toMatchObject({ code: 0, out: expect.stringMatching(/gaps +33\.33 % +3 +6 /) });
    expect(show).toMatchObject({ code: 0, out: expect.stringContaining('33.33 % covered: 3 of 9 cells') });
    expect(JSON.parse(history.out)).toMatchObject([{ policy: 'gaps', counts: { covered: 3, missing: 6 } }]);
    expect(inline).toMatchObject({ code: 0, out: expect.stringContaining('33.33 % covered') });
    expect(await run('coverage', 'delete', 'gaps', '--yes')).toMatchObject({ code: 0 });
    expect(await run('coverage', 'show', 'gaps')).toMatchObject({ code: 64, err: expect.stringContaining('gaps') });
  });

  it('ends with 3 by --exit-code when the check is given up, and says why', async () => {
    const { client, databaseUrl, simulator } = keyferry;
    const policy = { name: 'away', selector: { account: newAccount() }, regions: [region] };
    await client.request('PUT /v1/coverage/policies/{name}', { name: policy.name, body: policy });
    await simulator.addFaults({ operation: 'list-kms', effect: { status: 503 } });
    const { ended } = start('coverage', 'check', 'away', '--exit-code');
    await until(
      'it waits for CCKM',
      async () => (await client.request('GET /v1/coverage/policies/{name}/checks', { name: 'away' })).items[0]?.reason,
      (reason) => reason?.includes('CCKM') ?? false,
    );
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    await database.query(`UPDATE coverage_checks SET started_at = now() - interval '11 minutes'`);
    await database.end();
    expect(await ended).toMatchObject({
      code: 3,
      out: expect.stringMatching(/The check failed: It was retried for 11/),
    });
    await simulator.control('DELETE', '/faults');
  });
});

describe('keyferry plan report', () => {
  it('writes one row a replica into a file', async () => {
    const submitted = await run('plan', 'submit', '-f', await planFile({ count: 4 }));
    expect(submitted.out).toMatch(/^[\da-f-]{36}\n$/);
    await keyferry.settled(submitted.out.trim());
    const file = join(folder, 'report.csv');
    expect(await run('plan', 'report', submitted.out.trim(), '-o', file)).toMatchObject({ code: 0 });
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
