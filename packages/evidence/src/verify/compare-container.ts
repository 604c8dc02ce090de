import { startContainer } from '../pack/container.ts';
import { BrokenPack, theContainer } from './broken-pack.ts';
import type { OpenedContainer } from './read-container.ts';

/** Writes the same files again and compares: what is around the files must be byte by byte what Keyferry writes. */
export function compareContainer(bytes: Uint8Array, { files, parts }: OpenedContainer): void {
  const container = startContainer();
  let at = 0;
  const compare = (pieces: readonly Uint8Array[]) => {
    for (const piece of pieces) {
      if (Buffer.compare(piece, bytes.subarray(at, at + piece.length)) !== 0) {
        const offset = at + piece.findIndex((byte, i) => byte !== bytes[at + i]);
        const part = parts.find(({ from, to }) => offset >= from && offset < to)?.name ?? 'a file';
        throw new BrokenPack(theContainer, `${part} was changed (offset ${offset})`);
      }
      at += piece.length;
    }
  };
  for (const [name, content] of files) {
    const push = container.add(name);
    compare(push(content));
    compare(push(null));
  }
  compare(container.end());
}
