import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CliError, exitCodes } from '../exit-codes.ts';
import { UnwritableFile } from '../unwritable.ts';

/** A server that was logged in to, with the token for it and no other. */
export interface ServerContext {
  readonly url: string;
  readonly token: string;
  readonly ca_file: string | null;
}

/** All of them by name, and the one that is used now. */
export interface Contexts {
  readonly current: string | null;
  readonly contexts: Readonly<Record<string, ServerContext>>;
}

/** Where they are kept; null: this process has no home. */
export function contextFile(env: NodeJS.ProcessEnv): string | null {
  const folder = env.XDG_CONFIG_HOME || (env.HOME ? join(env.HOME, '.config') : null);
  return folder === null ? null : join(folder, 'keyferry', 'contexts.json');
}

/** Throws CliError where the file cannot be used, as where others may read it. */
export function readContexts(env: NodeJS.ProcessEnv): Contexts {
  const none: Contexts = { current: null, contexts: {} };
  const file = contextFile(env);
  if (file === null) return none;
  try {
    if ((statSync(file).mode & 0o077) !== 0) {
      throw new CliError(exitCodes.usage, `Others may read the tokens in ${file}. Run: chmod 600 ${file}`);
    }
    const read = JSON.parse(readFileSync(file, 'utf8')) as Contexts;
    if (!Object.values(read.contexts).every(isContext)) throw new Error('no contexts');
    return read;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return none;
    if (error instanceof CliError) throw error;
    throw new CliError(
      exitCodes.usage,
      `${file} cannot be used${code ? ` (${code})` : ''}. Remove it and log in again.`,
    );
  }
}

const isContext = ({ url, token }: ServerContext): boolean => URL.canParse(url) && typeof token === 'string';

/** Writes them unreadable for other users, completely or not at all. */
export function writeContexts(env: NodeJS.ProcessEnv, contexts: Contexts): void {
  const file = contextFile(env);
  if (file === null) throw new CliError(exitCodes.usage, 'Set XDG_CONFIG_HOME or HOME: contexts are stored below it.');
  const partial = `${file}.part-${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(partial, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600 });
    chmodSync(partial, 0o600);
    renameSync(partial, file);
  } catch (error) {
    throw new UnwritableFile(file, error as NodeJS.ErrnoException);
  }
}

/** The context that a command line or the environment names, or the current one; null: there is none. Throws CliError. */
export function chosenContext(
  env: NodeJS.ProcessEnv,
  named: string | undefined,
): (ServerContext & { readonly name: string }) | null {
  const asked = named ?? (env.KEYFERRY_CONTEXT || undefined);
  const { current, contexts } = readContexts(env);
  const name = asked ?? current;
  if (name === null) return null;
  return { ...mustFind(contexts, name), name };
}

export function mustFind(contexts: Contexts['contexts'], name: string): ServerContext {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (found !== undefined) return found;
  const there = Object.keys(contexts).join(', ') || 'none';
  throw new CliError(exitCodes.usage, `No context is named "${name}". Known: ${there}. Add one: keyferry login`);
}
