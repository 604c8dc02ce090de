import type { EstateKeyView } from '@keyferry/core';

/** What people know a key by. */
export function keyTitle({ alias, mrk, key_id }: Pick<EstateKeyView, 'alias' | 'mrk' | 'key_id'>): string {
  return alias?.replace(/^alias\//, '') ?? mrk ?? key_id;
}
