import { Zip, ZipPassThrough } from 'fflate';

/*
 * The container of a pack: a ZIP whose bytes follow from the names and contents alone. Nothing is compressed, all files have
 * the same time, and there is no comment, no extra field and no gap; so whoever writes the same files gets the same bytes.
 */

/** Sizes and offsets of a ZIP have 32 bits. */
const mostBytes = 0xffff_ffff;

export interface Container {
  /** Begins a file; what it answers takes the content piece by piece, null at its end, and answers bytes of the container. */
  add(name: string): (content: Uint8Array | null) => readonly Uint8Array[];
  end(): readonly Uint8Array[];
}

export function startContainer(): Container {
  let written: Uint8Array[] = [];
  let total = 0;
  const zip = new Zip((error, bytes) => {
    if (error) throw error;
    written.push(bytes);
    total += bytes.length;
    if (total > mostBytes) throw new Error('An evidence pack has at most 4 GiB.');
  });
  const take = () => {
    const taken = written;
    written = [];
    return taken;
  };
  return {
    add(name) {
      const file = new ZipPassThrough(name);
      // ZIP knows local times only: this is the same in every time zone.
      file.mtime = new Date(1980, 0, 1);
      zip.add(file);
      return (content) => {
        file.push(content ?? new Uint8Array(), content === null);
        return take();
      };
    },
    end() {
      zip.end();
      return take();
    },
  };
}
