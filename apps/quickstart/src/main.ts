import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createKeyferryClient } from '@keyferry/client';
import { noteServerOfToken, tokenFile } from '@keyferry/config/quickstart-token';
import { createLog } from '@keyferry/log';
import { provideDatabase } from '@keyferry/store';
import { type Service, startService } from './services.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const directory = join(root, '.keyferry');
const script = (app: string): string => join(root, 'apps', app, 'src', 'main.ts');

const examplePlan = join(root, 'examples', 'plans', 'quickstart.yaml');

const usage = `npm run quickstart [-- --exit] [-- --plan FILE] [-- --execute]

Starts all of Keyferry on this machine, with an embedded Postgres and a simulated CipherTrust Manager,
and runs an example plan to its end.

  --exit      stop everything when the plan has ended, with its exit code
  --plan FILE submit this plan instead of examples/plans/quickstart.yaml
  --execute   with CCKM_URL: run the plan. Without it a plan is only previewed on a real CipherTrust
              Manager, and nothing is created

With CCKM_URL (and CCKM_USERNAME, CCKM_PASSWORD …) set, that CipherTrust Manager is used, not the simulator.
`;

/** Everything on one machine: see `usage`. Ctrl-C stops all of it in order. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      exit: { type: 'boolean', default: false },
      plan: { type: 'string' },
      execute: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const services: Service[] = [];
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  // A terminal that was closed takes no more text; everything is stopped all the same.
  process.stdout.on('error', () => interrupted.abort());

  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const token = secretOf('KEYFERRY_ADMIN_TOKEN', tokenFile, 'hex');
  say('Keyferry quickstart');
  say('  Postgres      starting (embedded)');
  const database = await provideDatabase({ url: null, migrationUrl: null }, directory, createLog('quickstart', 'warn'));
  let code = 0;
  try {
    const start = async (name: string, env: NodeJS.ProcessEnv, ready: RegExp) => {
      const onGone = (gone: string, logFile: string) => {
        say(`\n${gone} exited; see its log: ${logFile}`);
        interrupted.abort();
      };
      const started = await startService(name, script(name), env, { directory, ready, onGone });
      services.push(started.service);
      return started.match;
    };

    const cckm = await provideCckm(start, say);
    const port = process.env.KEYFERRY_PORT ?? String((await isFree(4400)) ? 4400 : 0);
    const env = {
      ...process.env,
      ...cckm.env,
      DATABASE_URL: database.url,
      KEYFERRY_MIGRATION_DATABASE_URL: database.migrationUrl ?? '',
      KEYFERRY_ADMIN_TOKEN: token,
      KEYFERRY_ENCRYPTION_KEY: secretOf('KEYFERRY_ENCRYPTION_KEY', 'encryption-key', 'base64'),
      KEYFERRY_PORT: port,
    };
    const [, address = ''] = await start('api', env, /"address":"([^"]+)"/);
    // A token of the environment is not the one in the file.
    if (!process.env.KEYFERRY_ADMIN_TOKEN) noteServerOfToken(directory, address);
    say(`  API           ${address}`);
    await start('worker', env, /worker started/);
    say(`  Worker        running, BullMQ on ${process.env.REDIS_URL ? 'Redis' : 'Postgres'}`);

    const preview = cckm.real && !values.execute;
    if (preview)
      say('\nThis is a real CipherTrust Manager: the plan is previewed, nothing is created (--execute runs it).');
    say('');
    code = await runPlan(
      values.plan ?? examplePlan,
      preview,
      { ...process.env, KEYFERRY_URL: address, KEYFERRY_TOKEN: token },
      interrupted.signal,
    );
    if (!interrupted.signal.aborted) {
      if (!cckm.real && values.plan === undefined) code = await judgeExample(code, address, token, say);
      say(whereToLook(address, services));
      if (!values.exit) {
        say('Everything keeps running. Ctrl-C stops it.');
        await once(interrupted.signal, 'abort');
        code = 0;
      }
    }
  } finally {
    if (services.length > 0) say('Stopping …');
    for (const service of services.reverse()) await service.stop();
    await database.release();
    say('Stopped.');
  }
  return code;
}

/** A secret from the environment, else one for this machine, kept in a file that only its owner reads. */
function secretOf(variable: string, name: string, encoding: 'hex' | 'base64'): string {
  const file = join(directory, name);
  const given = process.env[variable];
  if (given) return given;
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString(encoding)}\n`, { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** Whether a port of this machine can be listened on: another quickstart may be running. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const free = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  server.close();
  return free;
}

type Start = (name: string, env: NodeJS.ProcessEnv, ready: RegExp) => Promise<RegExpExecArray>;

/** The CipherTrust Manager of the environment, or the simulator. */
async function provideCckm(
  start: Start,
  say: (line: string) => void,
): Promise<{ real: boolean; env: NodeJS.ProcessEnv }> {
  if (process.env.CCKM_URL) {
    say(`  CCKM          ${process.env.CCKM_URL}`);
    return { real: true, env: {} };
  }
  const inventory = join(root, 'apps', 'simulator', 'inventory', 'quickstart.json');
  const [, url = ''] = await start(
    'simulator',
    { ...process.env, SIMULATOR_PORT: '0', SIMULATOR_INVENTORY: inventory, SIMULATOR_SEED: 'quickstart' },
    /"listening":"([^"]+)"/,
  );
  say(`  CCKM          ${url} (simulated, no real keys are changed)`);
  return {
    real: false,
    env: {
      CCKM_URL: url,
      CCKM_USERNAME: 'admin',
      CCKM_PASSWORD: 'keyferry-simulator',
      KEYFERRY_VERIFY_POLL_MS: '500',
    },
  };
}

/** Submits the plan with the CLI, as a person would, and follows it to its end; answers the CLI's exit code. */
async function runPlan(plan: string, preview: boolean, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  const args = [script('cli'), 'plan', 'submit', '-f', plan, '--wait', ...(preview ? ['--preview'] : [])];
  const cli = spawn(process.execPath, args, { env, stdio: 'inherit', detached: true });
  signal.addEventListener('abort', () => cli.kill('SIGINT'));
  const [code] = (await once(cli, 'exit')) as [number | null];
  return code ?? 130;
}

/** The example holds keys that cannot be replicated, on purpose: blocked ones are as it should be, failed ones are not. */
async function judgeExample(code: number, url: string, token: string, say: (line: string) => void): Promise<number> {
  if (code !== 2) return code;
  const { items } = await createKeyferryClient({ url, token }).request('GET /v1/plans', { query: { limit: 1 } });
  if (items[0]?.counts.failed !== 0) return code;
  say('\nThe example contains blocked keys on purpose: this is how Keyferry reports keys that cannot be replicated.');
  return 0;
}

function whereToLook(address: string, services: readonly Service[]): string {
  return `
Where to look
  Dashboard      ${address}
  Token          .keyferry/admin-token (to sign in with; the CLI finds it by itself)
  API            ${address}/docs
  Plans          npm run keyferry -- plan list
  A report       npm run keyferry -- plan report <id> --format csv
  Logs           ${services.map(({ logFile }) => logFile.slice(root.length)).join('  ')}
`;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`\nThe quickstart failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
