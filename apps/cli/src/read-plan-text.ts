import { createReadStream } from 'node:fs';
import type { Fault } from './fault.ts';

/** The API takes no larger body. */
export const maxPlanBytes = 32 * 1024 * 1024;

const fault = (code: string, message: string): Fault => ({ line: null, column: null, path: '', code, message });

/** Reads a plan file as text, `-` from standard input, and no more of it than the API would take. */
export async function readPlanText(file: string): Promise<{ readonly text: string } | { readonly fault: Fault }> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxPlanBytes)
        return { fault: fault('too_large', 'A plan file has at most 32 MiB, as the API takes.') };
    }
  } catch (error) {
    return { fault: fault('unreadable', `It cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`) };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return { fault: fault('not_utf8', 'It is not text in UTF-8. Save it as UTF-8.') };
  }
}
