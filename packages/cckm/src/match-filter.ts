import type { CckmKey } from '@keyferry/core';

/** What a key must say to be let through by a list filter. Source: CCKM contract, section 2.2. */
const saidBy: Readonly<Record<string, (key: CckmKey) => string | null>> = {
  region: ({ region }) => region,
  // A record that names no container may be of any.
  kms_id: ({ kmsId }) => kmsId,
  multi_region: ({ multiRegion }) => String(multiRegion),
  multi_region_key_type: ({ multiRegionKeyType }) => multiRegionKeyType,
  gone: ({ gone }) => String(gone),
};

/** Whether a key is what a filter asks for, where CCKM was asked without it; what is no filter of keys lets all through. */
export function isAsFiltered(key: CckmKey, name: string, wanted: string | undefined): boolean {
  const said = saidBy[name];
  return wanted === undefined || said === undefined || (said(key) ?? wanted) === wanted;
}
