import { BrokenPack } from './broken-pack.ts';

/** Of a file that is written for its own content in one way only: another reader could find another value in any other. */
export const asWritten = 'Keyferry writes for what is in it';

/** Throws a BrokenPack that names the first line of a file that is another than these pieces make. `from`: where they come from. */
export function mustBe(name: string, from: string, content: string, pieces: Iterable<string>): void {
  let at = 0;
  for (const piece of pieces) {
    if (!content.startsWith(piece, at)) {
      let end = at;
      while (end < content.length && content[end] === piece[end - at]) end += 1;
      throw new BrokenPack(name, `line ${content.slice(0, end).split('\n').length} is not what ${from}`);
    }
    at += piece.length;
  }
  if (at < content.length) throw new BrokenPack(name, `it has more than ${from}`);
}
