import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Writes what arrives to a file, complete or not at all, or without one to standard output. */
export async function writeStream(stream: ReadableStream<Uint8Array>, file: string | undefined): Promise<void> {
  const body = Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]);
  if (file === undefined) {
    await pipeline(body, process.stdout, { end: false });
    return;
  }
  const partial = `${file}.part-${process.pid}`;
  try {
    await pipeline(body, createWriteStream(partial));
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
}
