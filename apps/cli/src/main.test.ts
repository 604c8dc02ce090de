import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { version } from '@keyferry/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment } from '../../../test/harness/bare-environment.ts';
import { runCliHere } from '../../../test/harness/run-cli-here.ts';
import { selfSigned } from '../../../test/servers/self-signed.ts';

const script = fileURLToPath(new URL('main.ts', import.meta.url));
const id = '01900000-0000-7000-8000-000000000001';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyferry-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** Something that answers in the place of the API, to see what the CLI makes of it. */
async function answering(listener: RequestListener, tls?: { cert: string; key: string }): Promise<string> {
  const server = (tls ? (createTlsServer(tls, listener) as unknown as Server) : createServer(listener)).listen(
    0,
    'localhost',
  );
  servers.push(server);
  await once(server, 'listening');
  return `${tls ? 'https' : 'http'}://localhost:${(server.address() as AddressInfo).port}`;
}

const usual = { KEYFERRY_TOKEN: 'a-token', KEYFERRY_URL: 'http://127.0.0.1:9' };
const run = (args: string[], env: Record<string, string> = {}) => runCliHere(args, { ...usual, ...env });

/** In a process of its own: with something on standard input, or with certificates that this process is not to trust. */
async function spawnCli(args: string[], env: Record<string, string> = {}, input = '') {
  const child = spawn(process.execPath, [script, ...args], { env: { ...bareEnvironment, ...usual, ...env } });
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, code: code as number };
}

it('prints its version, which is that of all parts', async () => {
  expect(await run(['--version'])).toEqual({ out: `${version}\n`, err: '', code: 0 });
});

describe('watching while the API refuses for now', () => {
  const refusal = { title: 'Too many requests', status: 429, detail: 'You may use 5 a minute.', request_id: 'r' };
  const json = (response: ServerResponse, status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' }).end(JSON.stringify(body));
  const counts = { total: 0, succeeded: 0, already_present: 0, failed: 0, blocked: 0, cancelled: 0 };
  const told = {
    finished_at: null,
    reason: null,
    eta_seconds: null,
    lower_bound_seconds: null,
    replicas_per_second: 0,
  };
  const plan = { id: '01900000-0000-7000-8000-00000000000b', name: 'dr', state: 'running', counts, ...told };

  it('a plan continues once it admits requests again, and says why it waits', async () => {
    let refused = 0;
    const url = await answering((request, response) => {
      if (!request.url?.endsWith('/events?fields=plan')) return json(response, 200, { ...plan, items: [] });
      refused += 1;
      if (refused < 3) return json(response, 429, refusal);
      response.end(
        `event: plan.updated\ndata: ${JSON.stringify({ ...plan, finished_at: 'now', state: 'succeeded' })}\n\n`,
      );
    });
    const { out, err, code } = await run(['--json', 'plan', 'watch', '01900000-0000-7000-8000-00000000000b'], {
      KEYFERRY_URL: url,
    });
    expect(err).toContain('The API refuses requests: You may use 5 a minute. Retrying for up to 60 s.');
    expect([code, JSON.parse(out.trim().split('\n').at(-1) ?? '').state]).toEqual([0, 'succeeded']);
  });

  it('a plan or a drill ends with 69 when it refuses for longer than there is patience', async () => {
    const url = await answering((request, response) =>
      request.url === '/v1/plans/01900000-0000-7000-8000-00000000000b'
        ? json(response, 200, plan)
        : json(response, 429, refusal),
    );
    for (const what of [
      ['plan', '01900000-0000-7000-8000-00000000000b'],
      ['drill', '01900000-0000-7000-8000-00000000000c'],
    ] as const) {
      const { err, code } = await run([what[0], 'watch', what[1], '--patience', '1.0'], { KEYFERRY_URL: url });
      expect(err).toContain('The API refused requests for 1 s: You may use 5 a minute.');
      expect(code).toBe(69);
    }
  });
});

describe('the times of a drill', () => {
  it('say from when to when, and count what was proven by material and by key id apart', async () => {
    const lost = { approval_ms: 0, paused_ms: 0, throttled_ms: 0, retries_ms: 0 };
    const reached = { cells: 4, reached: 4, within_target: 4, p50_ms: 1, p95_ms: 1, max_ms: 90_000, met: true };
    const material = {
      cells: 4,
      compared: 4,
      equal: 4,
      by_material: 3,
      by_key_id: 1,
      nearest_valid_to: null,
      met: true,
    };
    const region = { region: 'us-west-2' };
    const measured_to = { proof_after_promotion: 3, promotion: 1, proof: 0, usable: 0 };
    const url = await answering((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const at = { declared_at: '2026-11-29T10:00:00.000Z', promoted_at: '2026-11-29T10:01:00.000Z', proven_at: null };
      const rto = { target_ms: 600_000, measured_to, total: reached, by_region: [{ ...region, ...reached }] };
      const rpo = { target_ms: 0, total: material, by_region: [{ ...region, ...material }] };
      response.end(JSON.stringify({ ...at, finished_at: null, rto, rpo, lost, worst: lost, by_state: {} }));
    });
    const { out, code } = await run(['drill', 'times', id], { KEYFERRY_URL: url });
    expect(code).toBe(0);
    expect(out).toContain('by material');
    expect(out).toMatch(/us-west-2.* 4\/4 .* 3 .* 1 /);
    expect(out).toContain('to: proof after the promotion (3), promotion, not proven since (1).');
  });
});

describe('a circuit', () => {
  it('is reset by the id of its lane, and says what it was', async () => {
    const asked: string[] = [];
    const url = await answering((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const before = asked.length === 1 ? { circuit_before: 'half_open', reason_before: 'kms_unreachable' } : {};
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ id: 'x', circuit: 'closed', circuit_before: 'closed', reason_before: null, ...before }),
      );
    });
    const lane = '111122223333:us-east-1:ReplicateKey';
    const first = await run(['lane', 'reset', lane], { KEYFERRY_URL: url });
    expect(first).toMatchObject({
      code: 0,
      out: expect.stringContaining('circuit closed. It was half open (kms_unreachable)'),
    });
    expect((await run(['lane', 'reset', 'cckm'], { KEYFERRY_URL: url })).out).toContain('already closed');
    expect(asked).toEqual([`POST /v1/lanes/${encodeURIComponent(lane)}/reset`, 'POST /v1/lanes/cckm/reset']);
  });
});

describe('a schedule that is wrong', () => {
  it('is refused with all that is wrong, of its plan too, each with its line', async () => {
    const text = [
      'name: weekly',
      'cron: 0 2 * *',
      'time_zone: UTC',
      'overlaps: skip',
      'plan:',
      '  name: dr',
      '  regions: [us-west-2]',
      '  keys: [not-a-key]',
      '  optoins: {}',
      '',
    ].join('\n');
    const { code, err } = await spawnCli(['schedule', 'create', '-f', '-'], {}, text);
    expect(code).toBe(64);
    expect(err).toContain('2:7: cron: Give five fields');
    expect(err).toContain('4:1: overlaps: Unknown field. Known: name, cron,');
    expect(err).toContain('8:10: plan.keys[0]: Not a key');
    expect(err).toContain('9:3: plan.optoins: Unknown field. Did you mean "options"?');
    expect(err).toContain('4 errors in the schedule; nothing was submitted.');
    expect((await spawnCli(['schedule', 'create', '-f', '-'], {}, 'weekly')).err).toContain('This is not a schedule.');
  });
});

describe('a plan that is wrong', () => {
  it('is refused with all that is wrong, each with its line, before anything is sent', async () => {
    const file = join(folder, 'wrong.yaml');
    await writeFile(
      file,
      ['name: drill', 'keys:', '  - not-a-key', 'regions: [us-west-2, us-wets-2]', 'optoins: {}', ''].join('\n'),
    );
    const { code, out, err } = await run(['plan', 'submit', '-f', file]);
    expect(code).toBe(64);
    expect(out).toBe('');
    expect(err).toContain(`${file}:3:5: keys[0]: `);
    expect(err).toContain(`${file}:4:22: regions[1]: `);
    expect(err).toContain(`${file}:5:1: optoins: Unknown field. Did you mean "options"? (unknown_field)`);
    expect(err).toContain('3 errors in the plan; nothing was submitted.');
  });

  it('is refused with the line where the YAML breaks off', async () => {
    const { code, err } = await spawnCli(['plan', 'submit', '-f', '-'], {}, 'name: "drill\nkeys: []\n');
    expect(code).toBe(64);
    expect(err).toMatch(/1 error in the plan; nothing was submitted\.\n {2}\(standard input\):3:1: Missing/);
  });

  it.each([
    [['plan', 'submit', '-f', '/nowhere/plan.yaml'], /plan\.yaml: Cannot be read \(ENOENT\)/],
    [['plan', 'submit'], /Pass a plan file \(-f plan.yaml\), a manifest \(--manifest keys.csv\), or both/],
    [
      ['plan', 'report', id, '--format', 'xlsx'],
      /--format <format>' argument 'xlsx' is invalid. Allowed choices are csv, json, html/,
    ],
    [['plan', 'lauch'], /unknown command 'lauch'/],
  ])('ends with 64: %j', async (args, message) => {
    const { code, err } = await run(args);
    expect(err).toMatch(message);
    expect(code).toBe(64);
  });
});

describe('standard output', () => {
  it('that is full ends with 1 and one line, and a closed one without any message', async () => {
    const full = await open('/dev/full', 'w');
    const child = spawn(process.execPath, [script, 'plan', 'schema'], {
      env: { ...bareEnvironment },
      stdio: ['ignore', full.fd, 'pipe'],
    });
    const [err, [code]] = await Promise.all([text(child.stderr as Readable), once(child, 'exit')]);
    await full.close();
    expect(err).toBe('keyferry: Cannot write to standard output: no space left on the device (ENOSPC).\n');
    expect(code).toBe(1);
    const left = spawn(process.execPath, [script, 'plan', 'schema'], { env: { ...bareEnvironment } });
    left.stdout.destroy();
    expect(await text(left.stderr)).toBe('');
  });
});

describe('colours', () => {
  it('are for terminals, and NO_COLOR goes before FORCE_COLOR', async () => {
    const coloured = async (env: Record<string, string>) =>
      (await spawnCli(['permissions'], env)).out.includes('\x1b[');
    expect(await Promise.all([coloured({}), coloured({ FORCE_COLOR: '1' })])).toEqual([false, true]);
    expect(await coloured({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  });
});

describe('keyferry plan report', () => {
  it.each([
    [['-o', 'x.json'], 'json'],
    [['-o', 'x.HTML'], 'html'],
    [['-o', 'x.txt'], 'csv'],
    [['-o', 'x.txt', '--format', 'json'], 'json'],
    [['-o', 'x.csv', '--format', 'csv'], 'csv'],
  ])('%j has the format of --format or else of the ending: %s', async (options, format) => {
    let asked: string | undefined;
    const url = await answering((request, response) => {
      asked = request.url;
      response.end('');
    });
    const args = options.map((word) => (word.startsWith('x.') ? join(folder, word) : word));
    expect(await run(['plan', 'report', id, ...args], { KEYFERRY_URL: url })).toMatchObject({ code: 0 });
    expect(asked).toBe(`/v1/plans/${id}/report?format=${format}`);
  });

  it('refuses a format that contradicts the ending', async () => {
    const { code, err } = await run(['plan', 'report', id, '-o', 'x.json', '--format', 'csv']);
    expect([code, err]).toEqual([
      64,
      'keyferry: --format csv contradicts the extension .json of x.json. Remove one of them.\n',
    ]);
  });
});

describe('keyferry drill report', () => {
  it.each([
    [['-o', 'x.zip'], 'evidence'],
    [['-o', 'x.html'], 'report'],
    [['-o', 'x', '--html'], 'report'],
  ])('%j saves the %s', async (options, what) => {
    let asked: string | undefined;
    const url = await answering((request, response) => {
      asked = request.url;
      response.end('');
    });
    const args = options.map((word) => (word.startsWith('x') ? join(folder, word) : word));
    expect(await run(['drill', 'report', id, ...args], { KEYFERRY_URL: url })).toMatchObject({ code: 0 });
    expect(asked).toBe(`/v1/drills/${id}/${what}`);
  });

  it('refuses to write a report into a pack', async () => {
    const { code, err } = await run(['drill', 'report', id, '-o', 'x.zip', '--html']);
    expect([code, err]).toEqual([
      64,
      'keyferry: --html contradicts the extension .zip of x.zip. Remove one of them.\n',
    ]);
  });
});

describe('a value that an option does not take', () => {
  const wholeNumber = 'Expected a whole number, 1 to 1000.';
  it.each([
    ['plan list', '--limit', 'abc', wholeNumber],
    ['plan list', '--limit', '0', wholeNumber],
    ['plan list', '--limit', '1001', wholeNumber],
    ['plan list', '--state', 'runing', 'Allowed choices are resolving, previewed'],
    ['plan show x --replicas', '--state', 'gone', 'Allowed choices are pending, queued'],
    ['plan show x --replicas', '--region', 'us-wets-2', 'Did you mean us-west-2'],
    ['plan retry x', '--region', 'moon', '"moon" is not an AWS Region'],
    ['plan retry x', '--error-code', 'denied', 'Known: throttled, '],
    ['plan watch x', '--patience', 'long', 'Give seconds, 0 to 1000000.'],
    // A timer of more than 24 days would fire at once.
    ['plan watch x', '--patience', '9999999', 'Give seconds, 0 to 1000000.'],
    ['drill finding x --message m', '--severity', 'bad', 'Allowed choices are info, warning, blocking.'],
    ['webhook deliveries x', '--limit', 'all', wholeNumber],
    ['audit list', '--limit', '-1', 'Expected a whole number, 1 or more.'],
    ['audit verify x', '--max-age', '1y', 'Expected a duration such as 36h, 7d or 2w.'],
    ['token create --name n --role viewer', '--account', '1234', 'An AWS account id has 12 digits.'],
    ['permissions', '--region', 'moon', '"moon" is not an AWS Region'],
    ['plan list', '--url', 'example', 'Expected an address such as https://'],
  ])('ends with 64, and says what is wrong and what is allowed: %s %s %s', async (command, option, value, allowed) => {
    const { code, out, err } = await run([...command.split(' '), option, value]);
    expect(err).toMatch(new RegExp(`^keyferry: option '.*${option} .*' argument '${value}' is invalid`));
    expect(err).toContain(allowed);
    expect([code, out]).toEqual([64, '']);
  });
});

describe('keyferry plan submit --skip-same-region', () => {
  it('sets the option of the plan, beside those that its file has', async () => {
    const sent: { options?: object }[] = [];
    const url = await answering(async (request, response) => {
      sent.push(JSON.parse(await text(request)));
      response.writeHead(202).end(JSON.stringify({ id, name: 'x' }));
    });
    const file = join(folder, 'skips.yaml');
    await writeFile(file, 'kind: Plan\nname: x\nkeys: [mrk-1]\nregions: [us-west-2]\noptions: { priority: 7 }\n');
    const { code, out } = await run(['plan', 'submit', '-f', file, '--skip-same-region'], { KEYFERRY_URL: url });
    expect([code, out]).toEqual([0, `${id}\n`]);
    expect(sent).toMatchObject([{ name: 'x', options: { priority: 7, skip_same_region: true } }]);
    expect(sent[0]).not.toHaveProperty('kind');
  });
});

describe('keyferry plan validate', () => {
  const offline = { KEYFERRY_TOKEN: '', KEYFERRY_TOKEN_FILE: '' };

  it('needs no API and no token, and says what each file asks for', async () => {
    const file = join(folder, 'valid.yaml');
    await writeFile(file, 'name: x\nkeys: [mrk-1]\nregions: [us-west-2, eu-west-1]\n');
    const { code, out, err } = await run(['plan', 'validate', '-f', file], offline);
    expect(out).toBe(`${file}: valid, 1 key into us-west-2, eu-west-1\n`);
    expect(err).toBe('');
    expect(code).toBe(0);
  });

  it('lists all errors of all files, in the order of their lines', async () => {
    const [one, two] = [join(folder, 'one.yaml'), join(folder, 'two.yaml')];
    await writeFile(one, 'optoins: {}\nname: 7\nregions: [us-wets-2]\nkeys: [mrk-1]\nname: x\n');
    await writeFile(two, 'name: "x\n');
    const { code, out } = await run(['plan', 'validate', '-f', one, two], offline);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => line.replace(/ (?:[A-Z"]).*\(/, ' … (')),
    ).toEqual([
      `${one}:1:1: optoins: … (unknown_field)`,
      `${one}:3:11: regions[0]: … (unknown_region)`,
      `${one}:5:1: name: … (duplicate_key)`,
      `${two}:2:1: … (invalid_yaml)`,
      '',
      '2 of 2 files are not valid: 4 errors.',
    ]);
    expect(code).toBe(64);
  });

  it('prints the same as JSON with --json', async () => {
    const { code, out } = await spawnCli(
      ['plan', 'validate', '-f', '-', '--json'],
      offline,
      'name: x\nkeys: [mrk-1]\n',
    );
    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      files: [
        { file: '(standard input)', valid: false, errors: [{ line: 1, column: 1, path: 'regions', code: 'required' }] },
      ],
    });
    expect(code).toBe(64);
  });

  it('reads no more than the API would take', async () => {
    const { code, out } = await run(['plan', 'validate', '-f', '/dev/zero'], offline);
    expect(out).toContain('/dev/zero: A plan file is limited to 32 MiB. (too_large)');
    expect(code).toBe(64);
  });
});

describe('keyferry coverage validate', () => {
  it('checks policies without an API, and refuses a file of another kind with the command for it', async () => {
    const policy = fileURLToPath(new URL('../../../examples/coverage/tier-one.yaml', import.meta.url));
    const plan = fileURLToPath(new URL('../../../examples/plans/minimal.yaml', import.meta.url));
    const { code, out } = await run(['coverage', 'validate', '-f', policy, plan], { KEYFERRY_TOKEN: '' });
    expect(out).toContain(`${policy}: valid, policy tier-one\n`);
    expect(out).toContain('This file is a Plan, not a CoveragePolicy. Use it with: keyferry plan submit -f FILE');
    expect(code).toBe(64);
  });
});

describe('keyferry plan schema', () => {
  it('prints a JSON Schema, without an API', async () => {
    const { code, out } = await run(['plan', 'schema'], { KEYFERRY_TOKEN: '' });
    expect(JSON.parse(out)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' });
    expect(code).toBe(0);
  });
});

describe('keyferry permissions', () => {
  const place = [
    '--account',
    '111122223333',
    '--region',
    'eu-west-1',
    '--region',
    'us-west-2',
    '--primary-region',
    'us-east-1',
  ];

  it('prints the ACLs, the actions and the statements to copy, without an API', async () => {
    const { code, out } = await run(['permissions', ...place], { KEYFERRY_TOKEN: '' });
    for (const word of ['keymaterialimport', 'kms:UpdatePrimaryRegion', '"kms:ReplicaRegion"', '"NotAction"']) {
      expect(out).toContain(word);
    }
    expect(code).toBe(0);
  });

  it('prints them as JSON for a program', async () => {
    const { out } = await run(['permissions', ...place, '--json'], { KEYFERRY_TOKEN: '' });
    expect(JSON.parse(out)).toMatchObject({
      cckm_acls: expect.arrayContaining([expect.objectContaining({ acl: 'keycreate' })]),
      iam_policy: { Version: '2012-10-17' },
      key_policy_statements: [{ Sid: 'KeyferryReplicate' }, { Sid: 'KeyferryPromoteAndRead' }],
      service_control_policy: { Statement: [{ Effect: 'Deny' }] },
    });
  });
});

describe('keyferry status', () => {
  const counts = { total: 20, failed: 3, blocked: 1, succeeded: 6 };
  const states = ['pending', 'queued', 'replicating', 'creating', 'importing', 'already_present', 'cancelled'];
  const plan = {
    id,
    name: 'dr-2026-q4',
    state: 'halted',
    waits_for: 'person',
    waiting: { code: 'person', message: 'Too many failed.', since: null, until: null },
    counts: { ...Object.fromEntries(states.map((state) => [state, 0])), ...counts },
    eta_seconds: null,
    replicas_per_second: 0,
  };
  const overview = (health: string) => ({
    at: '2026-11-24T12:00:00.000Z',
    health,
    reasons: health === 'ok' ? [] : [{ health, code: 'plan_halted', message: 'Plan "dr-2026-q4": too many failed.' }],
    plans: { items: health === 'ok' ? [] : [plan], more: 2, by_state: {} },
    lanes: { items: [{ id: 'a:eu-west-1:CreateKey', circuit: 'closed', rate_factor: 0.25 }], more: 0 },
    cckm: { circuit: 'closed', last_success_at: null, last_failure: { at: '…', code: 'access_denied' } },
    queue: { engine: 'redis', answers: true, depth: { replicate: { waiting: 4, active: 1 } } },
    workers: {
      items: [
        { host: 'one', pid: 7, alive: true, holds: 5, late: false, heartbeat_age_seconds: 2, cckm_error: null },
        { host: 'one', pid: 8, alive: true, holds: 0, late: true, heartbeat_age_seconds: 21, cckm_error: null },
        { host: 'one', pid: 9, alive: true, holds: 0, heartbeat_age_seconds: 1, cckm_error: 'cckm_login_refused' },
      ],
      more: 0,
      alive: 3,
      late: 1,
    },
    failures: [{ count: 3, code: 'access_denied', plans: 1, last_seen_at: '…', what_to_do: 'Allow it.' }],
  });
  const serve = (health: string) =>
    answering((_request, response) => response.end(JSON.stringify(overview(health)))).then((url) => ({
      KEYFERRY_URL: url,
    }));

  it('prints the verdict, its causes, and the figures', async () => {
    const { code, out } = await run(['status'], await serve('attention'));
    expect(code).toBe(1);
    expect(out).toMatch(/^Degraded\. .*\n {2}→ Plan "dr-2026-q4": too many failed\.\n/);
    expect(out).toContain('workers  3 alive on one, 5 replicas in hand');
    expect(out).toContain('8 on one: late, last heartbeat 21 s ago');
    expect(out).toContain('9 on one: last heartbeat 1 s ago, login refused (cckm_login_refused)');
    expect(out).toContain('→ dr-2026-q4: Too many failed.');
    expect(out).toContain('queue    redis, up, 4 jobs waiting');
    expect(out).toContain('CCKM     up, last failed call … (access_denied)');
    expect(out).toMatch(new RegExp(`${id} .*dr-2026-q4 .*halted .*a person .*10/20 .*4 .*0\\.0`));
    expect(out).toContain('… and 2 more plans');
    expect(out).toContain('lane a:eu-west-1:CreateKey: throttled, slowed to 25 %');
    expect(out).toMatch(/3 .*access_denied .*Allow it\./);
  });

  it('reports by exit code, and as JSON', async () => {
    for (const [health, expected] of [
      ['ok', 0],
      ['attention', 1],
      ['broken', 2],
    ] as const) {
      for (const flag of [[], ['--exit-code']]) {
        const { code, out } = await run(['status', ...flag, '--json'], await serve(health));
        expect([code, JSON.parse(out).health]).toEqual([expected, health]);
      }
    }
    expect((await run(['status'], await serve('ok'))).out).toMatch(/^Healthy\. [\s\S]*No unfinished plans\./);
  });
});

describe('an API that does not answer', () => {
  it('ends with 69 when nothing listens', async () => {
    const { code, err } = await run(['plan', 'list']);
    expect(code).toBe(69);
    expect(err).toContain('Cannot reach Keyferry at http://127.0.0.1:9.');
  });

  it('ends with 69 when something else listens there', async () => {
    const url = await answering((_request, response) => response.writeHead(502).end('<html>Bad gateway</html>'));
    const { code, err } = await run(['plan', 'list'], { KEYFERRY_URL: url });
    expect(code).toBe(69);
    expect(err).toContain('HTTP 502 without a problem document: is it Keyferry?');
  });
});

describe('an API with a certificate of a private CA', () => {
  it('is trusted by KEYFERRY_CA_FILE, by NODE_EXTRA_CA_CERTS, and not without', async () => {
    const [own, other] = await Promise.all([selfSigned(), selfSigned()]);
    const url = await answering((_request, response) => response.end('{"items":[],"next_cursor":null}'), own);
    const file = join(folder, 'bundle.crt');
    await writeFile(file, `${other.cert}\n${own.cert}`);
    const list = async (env: Record<string, string>) => {
      const { code, err } = await spawnCli(['token', 'list'], { KEYFERRY_URL: url, ...env });
      return { code, err };
    };
    expect(await list({ KEYFERRY_CA_FILE: file })).toEqual({ code: 0, err: '' });
    expect(await list({ NODE_EXTRA_CA_CERTS: file })).toEqual({ code: 0, err: '' });
    expect(await list({})).toMatchObject({
      code: 69,
      err: expect.stringContaining(`${url} (DEPTH_ZERO_SELF_SIGNED_CERT)`),
    });
    for (const wrong of [join(folder, 'none.crt'), fileURLToPath(import.meta.url)]) {
      const { code, err } = await list({ KEYFERRY_CA_FILE: wrong });
      expect(err).toContain(`KEYFERRY_CA_FILE: ${wrong} is not a readable CA certificate in PEM`);
      expect(code).toBe(64);
    }
  });
});

describe('the token', () => {
  it.each([401, 403])('that is not accepted ends with 77: HTTP %d', async (status) => {
    const url = await answering((_request, response) => {
      const problem = { type: 'about:blank', title: 'No', status, detail: 'No valid token.', request_id: 'r-1' };
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
    });
    const { code, err } = await run(['plan', 'show', id], { KEYFERRY_URL: url });
    expect(code).toBe(77);
    expect(err).toContain('No valid token.');
    expect(err).toContain('(request r-1)');
    expect(err).not.toContain('a-token');
  });

  it('comes from a file when one is named', async () => {
    const file = join(folder, 'token');
    await writeFile(file, 'from-the-file\n');
    let seen: string | undefined;
    const url = await answering((request, response) => {
      seen = request.headers.authorization;
      response.end(JSON.stringify({ items: [], next_cursor: null }));
    });
    const { code, out } = await run(['plan', 'list'], {
      KEYFERRY_URL: url,
      KEYFERRY_TOKEN: '',
      KEYFERRY_TOKEN_FILE: file,
    });
    expect(code).toBe(0);
    expect(out).toContain('No plans yet.');
    expect(seen).toBe('Bearer from-the-file');
  });
});

describe('a token that was not configured', () => {
  it('is not sent to another server than its own, and the CLI says what to do', async () => {
    let asked = 0;
    const url = await answering((_request, response) => {
      asked += 1;
      response.end('{"items":[],"next_cursor":null}');
    });
    const env = { KEYFERRY_TOKEN: '', KEYFERRY_ADMIN_TOKEN: 'of-the-environment' };
    const refused = await run(['--url', url, 'plan', 'list'], env);
    expect(refused).toMatchObject({
      code: 77,
      err: expect.stringContaining(`is not sent to ${url}. Set KEYFERRY_TOKEN`),
    });
    expect(refused.err).not.toContain('of-the-environment');
    expect(asked).toBe(0);
    expect(await run(['plan', 'list'], { ...env, KEYFERRY_URL: url })).toMatchObject({ code: 0 });
  });
});

describe('keyferry token', () => {
  it('create prints the token alone on standard output, and what it is beside it', async () => {
    let asked: { name: string; role: string; expires_at: string } | undefined;
    const url = await answering(async (request, response) => {
      asked = JSON.parse(await text(request));
      response
        .writeHead(201)
        .end(JSON.stringify({ id: '01900000-0000-7000-8000-00000000000a', token: 'kfy_secret', ...asked }));
    });
    const args = ['token', 'create', '--name', 'anna', '--role', 'approver', '--expires', '90d'];
    const { code, out, err } = await run(args, { KEYFERRY_URL: url });
    expect(out).toBe('kfy_secret\n');
    expect(err).toBe(
      `Created token 01900000-0000-7000-8000-00000000000a of anna (approver), valid until ${asked?.expires_at}. It is shown only once.\n`,
    );
    expect(asked).toMatchObject({ name: 'anna', role: 'approver' });
    expect(Date.parse(asked?.expires_at ?? '') - Date.now()).toBeCloseTo(90 * 86_400_000, -5);
    expect(code).toBe(0);
  });

  it('create binds it to the accounts and Regions that are named, and says so', async () => {
    let asked: object | undefined;
    const url = await answering(async (request, response) => {
      asked = JSON.parse(await text(request));
      response
        .writeHead(201)
        .end(JSON.stringify({ id: '01900000-0000-7000-8000-00000000000a', token: 'kfy_secret', ...asked }));
    });
    const args = ['token', 'create', '--name', 'anna', '--role', 'viewer', '--account', '111122223333'];
    const more = ['--account', '444455556666', '--region', 'eu-west-1'];
    const { out, err } = await run([...args, ...more], { KEYFERRY_URL: url });
    expect(asked).toMatchObject({ accounts: ['111122223333', '444455556666'], regions: ['eu-west-1'] });
    expect(out).toBe('kfy_secret\n');
    expect(err).toContain('anna (viewer), limited to accounts 111122223333, 444455556666; Regions eu-west-1, valid');
  });

  it('lists all pages, and revokes by id', async () => {
    const seen: string[] = [];
    const url = await answering((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      if (request.method === 'DELETE') response.writeHead(204).end();
      else {
        const last = request.url?.includes('cursor=c1');
        const items = [{ id: last ? 'two' : 'one', name: 'anna', role: 'viewer', created_at: 'then' }];
        response.end(JSON.stringify({ items, next_cursor: last ? null : 'c1' }));
      }
    });
    const { out } = await run(['token', 'list'], { KEYFERRY_URL: url });
    expect(out).toMatch(/one .*\n(.*\n)*.*two /);
    expect(await run(['token', 'revoke', id, '--yes'], { KEYFERRY_URL: url })).toMatchObject({ code: 0 });
    expect(seen).toEqual([
      'GET /v1/tokens?limit=1000',
      'GET /v1/tokens?limit=1000&cursor=c1',
      `DELETE /v1/tokens/${id}`,
    ]);
  });

  it.each([
    ['--role', 'root', /Allowed choices are viewer, operator/],
    ['--expires', 'soon', /Expected a duration \(12h, 90d, 26w\) or a date/],
  ])('create refuses %s %s', async (option, value, message) => {
    const { code, err } = await run(['token', 'create', '--name', 'anna', '--role', 'viewer', option, value]);
    expect(err).toMatch(message);
    expect(code).toBe(64);
  });
});

/** What an approver is shown has lines for a terminal of 80 columns. */
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
const hash = (letter: string) => letter.repeat(64);

describe('keyferry plan approve', () => {
  const waiting = {
    ...{
      id: '01900000-0000-7000-8000-00000000000a',
      name: 'dr\u202e',
      state: 'awaiting_approval',
      reason: 'Waits.',
      operation: 'replicate',
      created_by: 'olga',
      proposed_by: ['olga'],
      created_at: 'then',
    },
    ...{ spec_sha256: hash('a'), resolved_sha256: hash('b'), approvals_required: 2, approvals: [] },
    approval_rules: { version: null, names: [] },
    counts: { total: 3, pending: 2, blocked: 1 },
    changed_since_preview: null,
    spec: {
      regions: ['eu-west-1'],
      replica: {
        aws_param: { Policy: { Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:Decrypt' }] } },
      },
      overrides: [],
      keys: ['mrk-1', 'mrk-2', 'mrk-3'],
      options: {
        ...{ priority: 1, max_in_flight: 5, failure_tolerance: { count: 2 }, change_ticket: 'CHG-1', windows: [] },
        ...{ max_attempts: 8, region_order: 'parallel', import_material: true, start_at: null },
      },
    },
  };
  const none = { total: 0, items: [] };
  const preview = {
    ...{ reasons: [], warnings: [], window: null, lower_bound_seconds: 1, expected_seconds: 2 },
    origins: [{ account: '111122223333', primary_region: 'us-east-1', keys: 3 }],
    ...{ from_primaries: none, row_settings: none },
  };
  const item = { key_id: 'k-1', alias: 'alias/pay', account: '111122223333', primary_region: 'us-east-1' };
  const matrix = { keys: 3, regions: ['eu-west-1'], items: [item] };
  const approved: unknown[] = [];
  const url = () =>
    answering(async (request, response) => {
      if (request.method === 'POST') approved.push(JSON.parse(await text(request)));
      const path = request.url ?? '';
      response.end(JSON.stringify(path.endsWith('/preview') ? preview : path.includes('/matrix') ? matrix : waiting));
    });

  it('shows what is approved in words, and approves exactly that', async () => {
    const args = ['plan', 'approve', '01900000-0000-7000-8000-00000000000a', '--yes', '--comment', 'fine'];
    const { code, out, err } = await run(args, { KEYFERRY_URL: await url() });
    expect(err).toMatch(
      /^WHAT IT DOES\nCreate replicas of 3 keys of 1 account in eu-west-1; the primaries are in\nus-east-1\.\nPlan {12}dr<U\+202E> \(01900000-0000-7000-8000-00000000000a\)\n/,
    );
    expect(err).toContain('\nReplicas        3: 2 pending, 1 blocked\n');
    expect(err).toContain(
      '\nKey policy      ! Allows ANYONE ("*"): kms:Decrypt, without a condition\nPolicy document:\n  {\n',
    );
    expect(err).toContain('\nLimits          Max in flight 5, priority 1\n');
    expect(err).toContain('\nOn failure      Halts when more than 2 fail.\n');
    expect(err).toMatch(
      new RegExp(
        `\nWHAT IS APPROVED\nSHA-256 of the plan\n {16}${hash('a')}\nSHA-256 of its rows\n {16}${hash('b')}\n$`,
      ),
    );
    expect(widest(err)).toBe(80);
    expect(approved.splice(0)).toEqual([
      {
        ...{ spec_sha256: hash('a'), resolved_sha256: hash('b'), comment: 'fine' },
        limits: { priority: 1, max_in_flight: 5, failure_tolerance: { count: 2 }, windows: [] },
      },
    ]);
    expect([code, out]).toEqual([0, 'Approved. Waits.\n']);
  });

  it('shows it without a prompt too, and does not change the JSON', async () => {
    const env = { KEYFERRY_URL: await url() };
    const shown = await run(['plan', 'show', '01900000-0000-7000-8000-00000000000a', '--decision'], env);
    expect(shown.out).toMatch(/^WHAT IT DOES\n/);
    const { out } = await run(['--json', 'plan', 'show', '01900000-0000-7000-8000-00000000000a', '--decision'], env);
    expect(JSON.parse(out)).toEqual(waiting);
    expect(approved).toEqual([]);
  });

  it('rejects it with a comment as the reason', async () => {
    const args = ['plan', 'reject', '01900000-0000-7000-8000-00000000000a', '--yes', '--comment', 'not tonight'];
    const { code, err } = await run(args, { KEYFERRY_URL: await url() });
    expect(code).toBe(0);
    expect(err).toContain('it is cancelled, and cannot be approved any more.');
    expect(approved.splice(0)).toEqual([{ comment: 'not tonight' }]);
  });

  it('approves nothing without a terminal', async () => {
    const { code, err } = await run(['plan', 'approve', '01900000-0000-7000-8000-00000000000a'], {
      KEYFERRY_URL: await url(),
    });
    expect(err).toContain('Not approved: no terminal to ask for confirmation.');
    expect(approved).toEqual([]);
    expect(code).toBe(64);
  });
});

describe('keyferry drill approve', () => {
  const drill = {
    ...{
      id: '01900000-0000-7000-8000-00000000000c',
      name: 'evacuation',
      scenario: 'us-east-1 is gone',
      mode: 'live',
      state: 'awaiting_approval',
    },
    ...{ spec_sha256: hash('a'), scope_sha256: hash('b'), created_by: 'olga', proposed_by: ['olga'] },
    ...{ declared_at: '2026-11-24T11:00:00.000Z', finished_at: null, change_ticket: null, keys: 1 },
    ...{ lost_regions: [], regions: ['eu-west-1'], approvals: [], approvals_required: 2, findings: [] },
    approval_rules: { version: null, names: [] },
    ...{ reason: null, waiting: null, broken_glass: null },
    steps: [{ id: '1-http', state: 'pending', detail: {}, title: null, progress: null, error: null }],
    spec: {
      ...{ mode: 'live', description: null, targets: { rto: '1h', rpo: null }, keys: ['mrk-1'], approvers: [] },
      ...{ replica: {}, same_as_primary: [] },
      steps: [
        {
          ...{ step: 'http', id: '1-http', title: null, on_failure: 'stop', timeout: '2m', every: null, body: null },
          ...{ method: 'GET', url: 'https://checks.example.com/decrypt', headers: {}, bearer: null },
          expect: { status: [200], body_contains: null },
        },
      ],
    },
  };
  const key = { key_id: 'k-1', alias: 'alias/pay\u2066', account: '111122223333', primary_region: 'us-east-1' };

  it('shows each step with its target, the keys and the hashes, and approves exactly that', async () => {
    const decided: unknown[] = [];
    const url = await answering(async (request, response) => {
      if (request.method === 'POST') decided.push(JSON.parse(await text(request)));
      response.end(JSON.stringify(request.url?.includes('/keys') ? { items: [key], next_cursor: null } : drill));
    });
    const { code, err } = await run(['drill', 'approve', '01900000-0000-7000-8000-00000000000c', '--yes'], {
      KEYFERRY_URL: url,
    });
    expect(err).toContain('alias/pay<U+2066> (k-1), 111122223333, primary in us-east-1\n');
    expect(err).toContain(
      '\n1. 1-http       Call checks.example.com.\n                GET https://checks.example.com/decrypt\n',
    );
    expect(err).toContain(`\n                ${hash('a')}\n`);
    expect(err).toContain(`\n                ${hash('b')}\n`);
    expect(decided).toEqual([{ decision: 'approve', spec_sha256: hash('a'), scope_sha256: hash('b'), step: null }]);
    expect(code).toBe(0);
  });
});

describe('keyferry webhook', () => {
  const hook = {
    ...{
      id: '01900000-0000-7000-8000-00000000000d',
      name: 'ops',
      url: 'https://hooks.example.com/',
      enabled: false,
      failing_since: 'then',
    },
    ...{ events: ['com.keyferry.plan.halted'], previous_secret_until: null, created_at: 'then', created_by: 'anna' },
    ...{ disabled_at: 'now', disabled_reason: 'Answered 410 Gone.', updated_at: 'now', updated_by: 'anna' },
  };
  const delivery = {
    ...{ id: 'a-delivery', state: 'pending', attempts: 2, next_attempt_at: 'later' },
    event: { type: 'com.keyferry.plan.halted', subject: '01900000-0000-7000-8000-00000000000b', time: 'then' },
    attempt_log: [
      { n: 1, started_at: 'then', duration_ms: null },
      { n: 2, started_at: 'now', duration_ms: 7, error: 'Answered 503.', http_status: 503 },
    ],
  };
  const asked: unknown[] = [];
  const url = () =>
    answering(async (request, response) => {
      const body = await text(request);
      if (request.method !== 'GET') asked.push(`${request.method} ${request.url}`, ...(body ? [JSON.parse(body)] : []));
      const page = request.url?.includes('/deliveries?') ? { items: [delivery], next_cursor: null } : hook;
      response.end(JSON.stringify(request.method === 'POST' ? { ...hook, secret: 'whsec_abc' } : page));
    });

  it('create prints the secret alone, and takes events by their short names', async () => {
    const args = [
      'webhook',
      'create',
      '--name',
      'ops',
      '--to',
      hook.url,
      '--event',
      'halted',
      'com.keyferry.plan.failed',
    ];
    const { out, err, code } = await run(args, { KEYFERRY_URL: await url() });
    expect([out, code]).toEqual(['whsec_abc\n', 0]);
    expect(err).toContain('Its secret is shown only once.');
    const events = ['com.keyferry.plan.halted', 'com.keyferry.plan.failed'];
    expect(asked.splice(0)).toEqual(['POST /v1/webhooks', { name: 'ops', url: hook.url, events, enabled: true }]);
    const wrong = await run(['webhook', 'create', '--name', 'ops', '--to', hook.url, '--event', 'haltd']);
    expect([wrong.code, wrong.err]).toEqual([
      64,
      expect.stringContaining("'haltd' is invalid. Known: resolving, previewed"),
    ]);
  });

  it('show says why one was given up and what to do; enable does that, and changes nothing else', async () => {
    const env = { KEYFERRY_URL: await url() };
    const { out } = await run(['webhook', 'show', '01900000-0000-7000-8000-00000000000d'], env);
    expect(out).toContain(
      'works    given up now\nreason   Answered 410 Gone.\nagain    keyferry webhook enable 01900000-0000-7000-8000-00000000000d\n',
    );
    expect((await run(['webhook', 'enable', '01900000-0000-7000-8000-00000000000d'], env)).code).toBe(0);
    const { name, events } = hook;
    expect(asked.splice(0)).toEqual([
      'PUT /v1/webhooks/01900000-0000-7000-8000-00000000000d',
      { name, url: hook.url, events, enabled: true },
    ]);
  });

  it('deliveries shows the last attempt', async () => {
    const { out } = await run(['webhook', 'deliveries', '01900000-0000-7000-8000-00000000000d'], {
      KEYFERRY_URL: await url(),
    });
    expect(out).toMatch(
      /a-delivery .* halted .* 01900000-0000-7000-8000-00000000000b .* then .* pending .* 2 .* Answered 503\. .* later/,
    );
  });
});
