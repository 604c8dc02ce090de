import { readFile } from 'node:fs/promises';
import { type PublicKeys, readPublicKeys } from '@keyferry/evidence';
import { CliError, exitCodes } from './exit-codes.ts';

/** The public keys that `--key` names; null where none was named. */
export async function readKeyFiles(files: readonly string[]): Promise<PublicKeys | null> {
  if (files.length === 0) return null;
  const pems = await Promise.all(files.map((file) => readFile(file, 'utf8').catch((error) => unreadable(file, error))));
  try {
    return readPublicKeys(pems);
  } catch {
    throw new CliError(exitCodes.usage, 'The file of --key is not a public key in PEM.');
  }
}

export function unreadable(file: string, error: unknown): never {
  throw new CliError(exitCodes.usage, `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
}
