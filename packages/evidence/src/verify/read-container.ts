import { packFiles } from '../pack/manifest.ts';
import { BrokenPack, theContainer } from './broken-pack.ts';

/*
 * Reads a container as startContainer writes it, and nothing else: a general reader of ZIPs takes what is ambiguous (two
 * directories, gaps, other sizes before a file than in the directory) one way or the other, and one that is to prove must not.
 * ZIP: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */

const localHeader = 30;
const descriptor = 16;
const directoryEntry = 46;
const endRecord = 22;

/** Where something lies in the container, for people. */
export interface Part {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface OpenedContainer {
  /** The contents, in their order; parts of the container's bytes. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** All that is not content, in the order of the bytes. */
  readonly parts: readonly Part[];
}

export function readContainer(bytes: Uint8Array): OpenedContainer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const broken = (at: number, what: string): never => {
    throw new BrokenPack(theContainer, `${what} (offset ${at})`);
  };
  const end = bytes.length - endRecord;
  if (end < 0) broken(0, 'not a ZIP file, or its end is missing');
  if (view.getUint32(end, true) !== 0x0605_4b50) {
    broken(end, 'the end record is misplaced: the pack was cut off, extended, or changed there');
  }
  const count = view.getUint16(end + 10, true);
  const directory = view.getUint32(end + 16, true);
  if (directory > end) broken(end + 16, 'the end record points beyond the end');

  const files = new Map<string, Uint8Array>();
  const parts: Part[] = [];
  const directoryParts: Part[] = [];
  let [at, expected] = [directory, 0];
  for (let entry = 0; entry < count; entry += 1) {
    const which = `entry ${entry + 1} of the directory`;
    if (at + directoryEntry > end || view.getUint32(at, true) !== 0x0201_4b50) {
      broken(at, `${which} is missing; the end record counts ${count}`);
    }
    const nameLength = view.getUint16(at + 28, true);
    if (at + directoryEntry + nameLength > end) broken(at + 28, `${which} has an incomplete name`);
    const name = Buffer.from(bytes.subarray(at + directoryEntry, at + directoryEntry + nameLength)).toString('latin1');
    checkName(name, files, at);
    const [size, unpacked, offset] = [20, 24, 42].map((field) => view.getUint32(at + field, true)) as [
      number,
      number,
      number,
    ];
    if (view.getUint16(at + 10, true) !== 0) broken(at + 10, `${name} is compressed; files of a pack are not`);
    if (size !== unpacked) broken(at + 20, `the directory has two sizes for ${name}`);
    if (offset !== expected)
      broken(at + 42, `by the directory ${name} starts at ${offset}, but the previous file ends at ${expected}`);
    const content = offset + localHeader + nameLength;
    if (content + size + descriptor > directory) broken(at + 20, `${name} is longer than the pack`);
    files.set(name, bytes.subarray(content, content + size));
    parts.push({ name: `the header before ${name}`, from: offset, to: content });
    parts.push({ name: `the checksum behind ${name}`, from: content + size, to: content + size + descriptor });
    expected = content + size + descriptor;
    directoryParts.push({
      name: `the entry of ${name} in the directory`,
      from: at,
      to: at + directoryEntry + nameLength,
    });
    at += directoryEntry + nameLength;
  }
  if (expected !== directory) broken(expected, 'extra bytes between the last file and the directory');
  if (at !== end) broken(at, 'extra bytes between the directory and the end record');
  return { files, parts: [...parts, ...directoryParts, { name: 'the end record', from: end, to: bytes.length }] };
}

function checkName(name: string, files: ReadonlyMap<string, unknown>, at: number): void {
  const shown = JSON.stringify(name);
  if (files.has(name)) throw new BrokenPack(theContainer, `duplicate file ${shown} (offset ${at})`);
  if ((packFiles as readonly string[]).includes(name)) return;
  throw new BrokenPack(
    theContainer,
    `${shown} is not a file of an evidence pack: it was added or renamed (offset ${at})`,
  );
}
