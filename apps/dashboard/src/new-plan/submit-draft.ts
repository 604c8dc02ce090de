import type { PlanView } from '@keyferry/core';
import { keyferry } from '../api/client.ts';
import { type Draft, specOf } from './draft.ts';
import { rowsOf } from './manifest-file.ts';

/** Submits a draft; the same one with the same key makes one plan. */
export function submitDraft(
  draft: Draft,
  keys: readonly string[],
  mode: 'preview' | 'execute',
  idempotencyKey: string,
): Promise<PlanView> {
  const spec = { ...specOf(draft, keys), mode };
  const once = { idempotencyKey: `${idempotencyKey}-${mode}` };
  const manifest = draft.source === 'manifest' && draft.manifest ? rowsOf(draft.manifest) : null;
  return manifest
    ? keyferry.createPlanFromManifest(spec, manifest, once)
    : keyferry.request('POST /v1/plans', { body: spec, ...once });
}
