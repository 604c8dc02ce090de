import { type CckmClient, CckmError } from '@keyferry/cckm';
import type { MaterialRecord } from '@keyferry/core';

/** What CCKM's rotation records tell of a key's material; none where it keeps none, or shows none to its user. Throws CckmError. */
export async function readMaterialRecords(cckm: CckmClient, keyId: string): Promise<MaterialRecord[]> {
  try {
    return (await cckm.listRotations(keyId)).value;
  } catch (error) {
    if (error instanceof CckmError && [403, 404].includes(error.httpStatus ?? 0)) return [];
    throw error;
  }
}
