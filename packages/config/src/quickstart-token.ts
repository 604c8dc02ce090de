import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the quickstart keeps its token, within its folder. */
export const tokenFile = 'admin-token';
/** Beside it: the server that the token is for. */
const serverFile = 'admin-token-server';

/** Notes which server the token in a folder is for. */
export function noteServerOfToken(folder: string, address: string): void {
  // What listens everywhere is reached here by the address of this machine.
  const { origin } = new URL(address.replace('//0.0.0.0:', '//127.0.0.1:'));
  writeFileSync(join(folder, serverFile), `${origin}\n`, { mode: 0o600 });
}

/** The token that a quickstart has left in a folder, and its server where that is known; null: there is none. */
export function readQuickstartToken(
  folder: string,
): { readonly file: string; readonly token: string; readonly server: string | null } | null {
  const [file, server] = [join(folder, tokenFile), join(folder, serverFile)];
  if (!existsSync(file)) return null;
  const read = (path: string) => readFileSync(path, 'utf8').trim();
  return { file, token: read(file), server: existsSync(server) ? read(server) : null };
}
