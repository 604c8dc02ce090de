/** Names the first thing of a pack that is not as it was written, and where. */
export class BrokenPack extends Error {
  override readonly name = 'BrokenPack';
  /** A file of the pack, or the container itself. */
  readonly where: string;

  constructor(where: string, message: string) {
    super(`${where}: ${message}`);
    this.where = where;
  }
}

/** In `where`: what is wrong is not in a file but around the files. */
export const theContainer = 'The container';
