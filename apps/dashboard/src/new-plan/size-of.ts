import { countOf } from '@keyferry/core';
import type { Draft } from './draft.ts';

/** How large a draft is, in a line. */
export function sizeOf(draft: Draft, keys: number): string {
  const regions = countOf(draft.regions.length, 'Region');
  const grouped = draft.regions.some((region) => region.startsWith('group:'));
  if (draft.source === 'selector') return `Every matching key × ${regions}`;
  if (draft.source === 'manifest') return draft.manifest?.name ?? 'No manifest yet';
  const product = keys * draft.regions.length;
  return `${countOf(keys, 'key')} × ${regions}${grouped || product === 0 ? '' : ` = ${countOf(product, 'replica')}`}`;
}
