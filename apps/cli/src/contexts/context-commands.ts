import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { createKeyferryClient } from '@keyferry/client';
import { trustCa, usualUrl } from '../connect.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import type { Runners } from '../runners.ts';
import { createTable } from '../table.ts';
import { mustFind, readContexts, writeContexts } from './context-file.ts';
import { readSecret } from './read-secret.ts';

/** `login`, `logout` and `context`: servers that are used by name, each with a token of its own. */
export function addContextCommands(root: CommandUnknownOpts, { offline }: Runners, env: NodeJS.ProcessEnv): void {
  root
    .command('login')
    .description('store the address and token of a server; prompts for the token, or reads it from standard input')
    .option('--name <name>', "name of the context; default: the server's host")
    .option('--ca-file <file>', 'PEM of the CA of its certificate, if it is not a public one')
    .action(
      offline((output, options, command) => {
        const { url } = (command as CommandUnknownOpts).optsWithGlobals() as { url?: string };
        return login(output, env, { ...options, url: url ?? (env.KEYFERRY_URL || usualUrl) });
      }),
    );
  root
    .command('logout [name]')
    .description('delete a server and its token; default: the current one')
    .action(
      offline(async (output, given) => {
        const { current, contexts } = readContexts(env);
        const name = given ?? current;
        if (name === null || name === undefined) throw new CliError(exitCodes.usage, 'There is no current context.');
        mustFind(contexts, name);
        const { [name]: _gone, ...rest } = contexts;
        writeContexts(env, { current: current === name ? null : current, contexts: rest });
        output.result({ name }, () => `Forgot ${name}. Its token is valid until it is revoked.`);
        return exitCodes.ok;
      }),
    );
  const context = root.command('context').description('stored servers');
  context
    .command('list')
    .description('all of them')
    .action(
      offline(async (output) => {
        const { current, contexts } = readContexts(env);
        const all = Object.entries(contexts).map(([name, { url }]) => ({ name, url, current: name === current }));
        output.result(all, () => (all.length === 0 ? 'No contexts yet. Add one: keyferry login' : tableOf(all)));
        return exitCodes.ok;
      }),
    );
  context
    .command('use <name>')
    .description('set the server that commands use')
    .action(
      offline(async (output, name) => {
        const { contexts } = readContexts(env);
        const { url } = mustFind(contexts, name);
        writeContexts(env, { current: name, contexts });
        output.result({ name, url }, () => `Commands use ${name} (${url}).`);
        return exitCodes.ok;
      }),
    );
}

function tableOf(all: readonly { name: string; url: string; current: boolean }[]): string {
  const table = createTable(['name', 'address', 'current']);
  for (const { name, url, current } of all) table.push([name, url, current ? 'yes' : '-']);
  return table.toString();
}

interface LoginOptions {
  readonly url: string;
  readonly name?: string;
  readonly caFile?: string;
}

/** Keeps a token only once its server has accepted it. */
async function login(output: Output, env: NodeJS.ProcessEnv, { url, name, caFile }: LoginOptions): Promise<number> {
  const token = env.KEYFERRY_TOKEN || (await readSecret(`Token for ${url}: `));
  if (token === '') throw new CliError(exitCodes.usage, 'No token given. Nothing was stored.');
  if (caFile !== undefined) trustCa(caFile, '--ca-file');
  const me = await createKeyferryClient({ url, token }).request('GET /v1/me');
  const { contexts } = readContexts(env);
  const kept = name ?? new URL(url).host;
  writeContexts(env, { current: kept, contexts: { ...contexts, [kept]: { url, token, ca_file: caFile ?? null } } });
  output.result(
    { name: kept, url, caller: me.caller, role: me.role },
    () => `Logged in to ${url} as ${me.caller} (${me.role}).`,
  );
  return exitCodes.ok;
}
