import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UnreachableError } from '@keyferry/client';
import { UnwritableFile } from './unwritable.ts';

/**
 * Writes what arrives to a file, complete or not at all, or without one to standard output. Throws UnwritableFile,
 * and UnreachableError where the stream breaks off. What is
 * no plain file, as /dev/null or a pipe, is written to and not replaced.
 */
export async function writeStream(stream: ReadableStream<Uint8Array>, file: string | undefined): Promise<void> {
  const body = Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]);
  if (file === undefined) {
    await pipeline(body, process.stdout, { end: false });
    return;
  }
  const there = await stat(file).catch(() => null);
  if (there?.isDirectory()) {
    body.destroy();
    throw new UnwritableFile(file, Object.assign(new Error(), { code: 'EISDIR' }));
  }
  const inPlace = there !== null && !there.isFile();
  const partial = inPlace ? file : `${file}.part-${process.pid}`;
  try {
    await pipeline(body, createWriteStream(partial));
    if (!inPlace) await rename(partial, file);
  } catch (error) {
    // What broke off on its way here has no system call.
    throw (error as NodeJS.ErrnoException).syscall === undefined
      ? new UnreachableError('The response ended early.', { cause: error })
      : new UnwritableFile(file, error as NodeJS.ErrnoException);
  } finally {
    if (!inPlace) await rm(partial, { force: true }).catch(() => undefined);
  }
}
