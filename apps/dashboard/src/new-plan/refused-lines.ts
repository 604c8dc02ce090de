import { ProblemError } from '@keyferry/client';

/** A line of a manifest that the API refused, and why. */
export interface RefusedLine {
  readonly line: number;
  readonly message: string;
}

/** The lines that an answer names: one each with its fault, or the one from which on the file could not be read. */
export function refusedLines(error: unknown): readonly RefusedLine[] {
  if (!(error instanceof ProblemError)) return [];
  const { errors, detail } = error.problem;
  const lines = (errors ?? []).flatMap(({ line, message }) => (line === undefined ? [] : [{ line, message }]));
  const [, unreadable] = /^The manifest cannot be read\. Line (\d+)\b/.exec(detail) ?? [];
  return unreadable === undefined ? lines : [...lines, { line: Number(unreadable), message: detail }];
}

/** What of a line a message is about, from and to: what it quotes of it; else all of it. */
export function markedPart(text: string, message: string): readonly [from: number, to: number] {
  for (const [, quoted = ''] of message.matchAll(/"([^"]+)"/g)) {
    const from = text.indexOf(quoted);
    if (from >= 0) return [from, from + quoted.length];
  }
  return [0, text.length];
}

/** The lines of a file with these numbers, from 1; reads no further than it must, and keeps nothing else. */
export async function readLines(file: Blob, wanted: ReadonlySet<number>): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  const last = Math.max(0, ...wanted);
  let line = 1;
  let rest = '';
  const take = (text: string) => {
    if (wanted.has(line)) found.set(line, text.replace(/\r$/, ''));
    line += 1;
  };
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  while (line <= last) {
    const { value, done } = await reader.read();
    const lines = `${rest}${value ?? ''}`.split('\n');
    rest = done ? '' : (lines.pop() ?? '');
    lines.forEach(take);
    if (done) break;
  }
  await reader.cancel();
  return found;
}
