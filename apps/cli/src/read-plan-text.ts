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
      if (size > maxPlanBytes) return { fault: fault('too_large', 'A plan file is limited to 32 MiB.') };
    }
  } catch (error) {
    return { fault: fault('unreadable', `Cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`) };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return { fault: fault('not_utf8', 'Not UTF-8 text. Save the file as UTF-8.') };
  }
}
