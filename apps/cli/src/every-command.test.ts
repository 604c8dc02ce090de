import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCliHere } from '../../../test/harness/run-cli-here.ts';
import { program } from './program.ts';

const example = (name: string) => fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
const id = '01900000-0000-7000-8000-000000000001';

/** What a command is called with so that it gets as far as the API; every other one needs its arguments alone. */
const filled: Readonly<Record<string, readonly string[]>> = {
  'plan submit': ['-f', example('plans/approved-by-two.yaml')],
  'plan preview': ['-f', example('plans/approved-by-two.yaml')],
  'schedule create': ['-f', example('schedules/weekly.yaml')],
  'coverage apply': ['-f', example('coverage/tier-one.yaml')],
  'coverage check': ['policy'],
  'drill run': ['-f', example('drills/planned-promotion-and-failback.yaml')],
  'region-group set': ['eu', 'eu-west-1'],
};
/** These never ask the API. */
const offline = [
  'plan validate',
  'plan schema',
  'coverage validate',
  'drill validate',
  'drill schema',
  'doctor',
  'login',
  'logout',
  'context list',
  'context use',
  'completion',
  'permissions',
  'audit verify',
  'evidence verify',
];
const values: Readonly<Record<string, string>> = { '--role': 'viewer', '--to': 'https://hooks.example.com' };

interface Leaf {
  readonly name: string;
  readonly command: CommandUnknownOpts;
}

function leaves(command: CommandUnknownOpts, path: readonly string[] = []): Leaf[] {
  if (command.commands.length === 0) return [{ name: path.join(' '), command }];
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}
const commands = leaves(program(() => undefined));
const online = commands.filter(({ name }) => !offline.includes(name));
const required = (command: CommandUnknownOpts) => command.registeredArguments.filter((argument) => argument.required);
const refusing = (option: Option) => option.argChoices !== undefined || option.parseArg !== undefined;

let folder: string;
let rules: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyferry-commands-'));
  rules = join(folder, 'rules.yaml');
  await writeFile(rules, 'rules: []\n');
});
afterAll(() => rm(folder, { recursive: true }));

const mandatory = (command: CommandUnknownOpts, given: readonly string[] = []) =>
  command.options
    .filter((option) => option.mandatory && !given.includes(option.short ?? ''))
    .flatMap(({ long }) => [long ?? '', values[long ?? ''] ?? 'text']);

/** A whole command line. */
function lineOf({ name, command }: Leaf): string[] {
  const given = name === 'rules apply' ? ['-f', rules] : (filled[name] ?? required(command).map(() => id));
  const has = (long: string) => command.options.some((option) => option.long === long);
  return [
    ...name.split(' '),
    ...given,
    ...mandatory(command, given),
    ...(has('--yes') ? ['--yes'] : []),
    ...(has('--patience') ? ['--patience', '0'] : []),
  ];
}

const run = (args: string[], url = 'http://127.0.0.1:9') =>
  runCliHere(args, { KEYFERRY_URL: url, KEYFERRY_TOKEN: 'a-token' });

const oneLine = /^keyferry: [^\n]+\n$/;

describe.each(commands)('keyferry $name', (leaf) => {
  it('refuses an option that it does not have with 64, and names it', async () => {
    const { code, out, err } = await run([...lineOf(leaf), '--no-such-option']);
    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(oneLine);
    expect(err).toContain(`unknown option '--no-such-option'. See: keyferry ${leaf.name} --help`);
  });

  it('refuses a value that an option does not take with 64, and names the option', async () => {
    for (const option of leaf.command.options.filter(refusing)) {
      const { code, out, err } = await run([...lineOf(leaf), option.long ?? '', '<no such value>']);
      expect([code, out]).toEqual([64, '']);
      expect(err).toMatch(oneLine);
      expect(err).toContain(option.long);
    }
  });

  it('says what is wrong as JSON with --json', async () => {
    const { code, out, err } = await run([...lineOf(leaf), '--no-such-option', '--json']);
    expect([code, out]).toEqual([64, '']);
    expect(JSON.parse(err)).toEqual({
      error: { exit_code: 64, message: expect.stringContaining('--no-such-option') },
    });
  });
});

it.each(commands.filter(({ command }) => required(command).length > 0))(
  'keyferry $name refuses to run without its argument with 64',
  async ({ name, command }) => {
    const { code, out, err } = await run([...name.split(' '), ...mandatory(command)]);
    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(oneLine);
    expect(err).toContain('missing required argument');
  },
);

it.each(commands.filter(({ command }) => command.options.some((option) => option.mandatory)))(
  'keyferry $name refuses to run without an option that it needs with 64',
  async ({ name, command }) => {
    const { code, out, err } = await run([...name.split(' '), ...required(command).map(() => id)]);
    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(oneLine);
    expect(err).toContain('required option');
  },
);

const exitCodesByStatus = [
  [401, 77],
  [403, 77],
  [404, 64],
  [409, 64],
  [422, 64],
  [429, 69],
  [500, 1],
  [503, 69],
] as const;

describe('an API', () => {
  let server: Server;
  let answer: (response: ServerResponse) => void;
  let asked: string[];
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      asked.push(request.method ?? '');
      answer(response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(() => server.close().closeAllConnections());

  it.each(online)('that refuses ends keyferry $name with the documented code and one line', async (leaf) => {
    for (const [status, expected] of exitCodesByStatus) {
      answer = (response) => {
        const problem = { type: 'about:blank', title: 'No', status, detail: 'Refused.', request_id: 'r-1' };
        response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
      };
      const { code, out, err } = await run(lineOf(leaf), url);
      expect([status, code, out]).toEqual([status, expected, '']);
      // What watches says first that it waits.
      const said = err.trimEnd().split('\n');
      expect(said.at(-1)).toMatch(/^keyferry: .*Refused\./);
      if (!lineOf(leaf).includes('--patience')) expect(said).toHaveLength(1);
    }
  });

  it.each(online)('that is not there ends keyferry $name with 69', async (leaf) => {
    const { code, out, err } = await run(lineOf(leaf));
    expect([code, out]).toEqual([69, '']);
    expect(err).toMatch(/keyferry: [^\n]+\n$/);
  });

  /** Enough of every answer for its JSON. */
  const universal = {
    ...{ id, name: 'a-name', items: [], next_cursor: null, counts: {}, steps: [], findings: [], groups: [] },
    ...{ mode: 'preview', state: 'previewed', finished_at: null, resolved_sha256: 'a', spec: { replica: {} } },
    ...{
      version: 1,
      rules: [],
      last_check: { id },
      circuit_before: 'open',
      monthly_cost: { amount: 0, currency: 'USD' },
    },
  };
  const finished = { state: 'done', finished_at: 'now' };
  const answers: Readonly<Record<string, object>> = {
    'coverage check': finished,
    'drill watch': finished,
    status: { health: 'ok' },
  };
  // The first write what they are sent as it is; the others show the whole of a plan or drill first, tested in main.test.ts.
  const other = /(report|export|approve|reject|abort)$/;
  it.each(online.filter(({ name }) => !other.test(name)))(
    'that answers keyferry $name gets its JSON, its YAML or its ids on standard output, and nothing else',
    async (leaf) => {
      answer = (response) => response.end(JSON.stringify({ ...universal, ...answers[leaf.name] }));
      const json = await run([...lineOf(leaf), '-o', 'json'], url);
      expect([json.code, json.out.split('\n').filter(Boolean).length]).toEqual([0, 1]);
      expect((await run(['--json', ...lineOf(leaf)], url)).out).toBe(json.out);
      const yaml = await run([...lineOf(leaf), '-o', 'yaml'], url);
      expect(parse(yaml.out)).toEqual(JSON.parse(json.out));
      const quiet = await run([...lineOf(leaf), '-q'], url);
      expect(quiet).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^([\w-]+\n)?$/) });
    },
  );

  const final = /(delete|revoke|cancel|abort|approve|reject)$/;
  it.each(online.filter(({ name }) => final.test(name)))(
    'is not asked to do what cannot be undone by keyferry $name without --yes where there is no terminal',
    async (leaf) => {
      const { code, out, err } = await run(
        lineOf(leaf).filter((word) => word !== '--yes'),
        url,
      );
      expect([code, out, asked]).toEqual([64, '', []]);
      expect(err).toMatch(oneLine);
      expect(err).toContain('no terminal to ask for confirmation. Add --yes to continue.');
    },
  );

  const toFile = ({ command }: Leaf) => command.options.some(({ flags }) => flags === '-o, --output <file>');
  it.each(online.filter(toFile))(
    'whose answer cannot be written to a file ends keyferry $name with one sentence',
    async (leaf) => {
      answer = (response) => response.end('an answer');
      const file = join(folder, 'a-file');
      await writeFile(file, '');
      for (const [where, expected, why] of [
        [join(folder, 'nowhere', 'x'), 64, 'its folder does not exist (ENOENT)'],
        [join(file, 'x'), 64, 'its folder is a file (ENOTDIR)'],
        [folder, 64, 'it is a folder (EISDIR)'],
        ['/dev/full', 1, 'no space left on the device (ENOSPC)'],
        // Root may write anywhere.
        ...(process.getuid?.() === 0 ? [] : [['/x', 64, 'permission denied (EACCES)'] as const]),
      ] as const) {
        const { code, out, err } = await run([...lineOf(leaf), '-o', where], url);
        expect([code, out, err]).toEqual([expected, '', `keyferry: Cannot write ${where}: ${why}.\n`]);
      }
      const into = join(folder, `${leaf.name}.out`);
      expect(await run([...lineOf(leaf), '-o', into], url)).toMatchObject({ code: 0 });
      expect(await readFile(into, 'utf8')).toBe('an answer');
    },
  );
});
