import { exitCodes } from './exit-codes.ts';

/** Why a file cannot be written, in words; the first ones are of the path that was given, the others of the machine. */
const ofThePath: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'its name is too long',
};
const ofTheMachine: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it would be too large',
  EIO: 'the device failed',
};

/** A file that could not be written, with the path that the user knows. */
export class UnwritableFile extends Error {
  override readonly name = 'UnwritableFile';
  readonly code: string;

  constructor(file: string, cause: NodeJS.ErrnoException) {
    const { code = 'unknown' } = cause;
    super(`Cannot write ${file}: ${ofThePath[code] ?? ofTheMachine[code] ?? cause.message} (${code}).`, { cause });
    this.code = code;
  }
}

/** The exit code and message of a failed write: 64 where another path helps, 1 where the machine is at fault; null: it is none. */
export function unwritable(error: unknown): { exit_code: number; message: string } | null {
  if (error instanceof UnwritableFile) {
    return {
      exit_code: Object.hasOwn(ofThePath, error.code) ? exitCodes.usage : exitCodes.internal,
      message: error.message,
    };
  }
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall !== 'write' || code === undefined) return null;
  return {
    exit_code: exitCodes.internal,
    message: `Cannot write to standard output: ${ofTheMachine[code] ?? code} (${code}).`,
  };
}
