import { v7 } from 'uuid';

/** A UUIDv7: ordered by the time at which it was made, so that keyset pages follow creation. */
export function newId(): string {
  return v7();
}
