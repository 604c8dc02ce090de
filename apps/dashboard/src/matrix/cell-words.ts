import type { StateLook } from '../states/state-look.tsx';
import type { MatrixKey, MatrixSubject } from './matrix-subject.ts';

/** What a person calls a key: its alias, else its id. */
export function keyName({ alias, key_id }: Pick<MatrixKey, 'alias' | 'key_id'>): string {
  return alias ?? key_id;
}

/** Where a key lives. */
export function keyHome({ account, primary_region }: MatrixKey, { unknownKey }: MatrixSubject): string {
  return account === null ? unknownKey : `Account ${account}, primary in ${primary_region}`;
}

/** What a cell says in words. */
export function cellWords(key: MatrixKey, region: string, look: StateLook | null, { nothing }: MatrixSubject): string {
  if (look !== null) return look.label;
  return key.primary_region === region ? 'The primary is here' : nothing(region);
}
