import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../../harness/bare-environment.ts';

const cli = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url));

/** What `keyferry evidence verify` makes of a pack, as an auditor runs it: with the public key, and no Keyferry near. */
export async function verifiedOffline(pack: Uint8Array, publicKey: string): Promise<{ code: number; said: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'keyferry-evidence-'));
  try {
    const [file, key] = [join(folder, 'pack.zip'), join(folder, 'public.pem')];
    await Promise.all([writeFile(file, pack), writeFile(key, publicKey)]);
    return await new Promise((resolve) => {
      const args = [cli, 'evidence', 'verify', file, '--key', key];
      execFile(process.execPath, args, { env: bareEnvironment }, (error, out, err) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, said: `${out}${err}`.trim() });
      });
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
