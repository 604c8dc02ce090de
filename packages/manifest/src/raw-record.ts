import type { InputError } from '@keyferry/core';

/** One row as its format gives it, not checked yet. */
export interface RawRecord {
  /** The first line of the row in the file, from 1. */
  readonly line: number;
  /** The content of the row; null: not readable, see `errors`. */
  readonly fields: unknown;
  readonly errors: readonly InputError[];
}

/** No line of a manifest is longer: a key, a Region and some kilobytes of description and tags. */
export const maxLineBytes = 64 * 1024;

/** A manifest of which the rest cannot be made out. */
export class UnreadableManifest extends Error {
  override readonly name = 'UnreadableManifest';
}

/** Passes text on that is UTF-8, and throws UnreadableManifest at the first that is not. */
export async function* utf8(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError && (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new UnreadableManifest('Not UTF-8 text. Save the file as UTF-8.');
    }
    throw error;
  }
}
