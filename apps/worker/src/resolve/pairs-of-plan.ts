import { allRegions, type PlanSpec, type ResolvedKey, targetsOfAccount, targetsOfRows } from '@keyferry/core';
import { type ClaimedPlan, eachManifestKeyPage, eachPendingKeyPage } from '@keyferry/store';
import { asPrimary, KeyFinder, lookedUpOneByOne } from './find-keys.ts';
import type { Inventory } from './inventory.ts';
import type { KeyWithTargets } from './key-with-targets.ts';
import type { ResolveContext } from './resolve-context.ts';

/** Pairs handed on at a time, about, and keys at most. */
const pairsAtOnce = 5_000;
const keysAtOnce = 1_000;

function chunkOf(spec: PlanSpec): number {
  return Math.max(1, Math.min(keysAtOnce, Math.floor(pairsAtOnce / Math.max(1, allRegions(spec).length))));
}

/** The keys that a plan means and where each goes, some hundred at a time. Throws CckmError. */
export async function* pairsOfPlan(
  context: ResolveContext,
  plan: ClaimedPlan,
  inventory: Inventory,
): AsyncGenerator<KeyWithTargets[]> {
  const { spec } = plan;
  const finder = new KeyFinder(context, plan, inventory);
  const chunk = chunkOf(spec);
  // To promote a key, whichever member of its set is named, is to move the primary of that.
  const byAnyMember = spec.operation === 'promote' || spec.options.replicas_as_primary;
  const meant = (found: ResolvedKey) => (byAnyMember ? asPrimary(found) : found);
  const byAccount = (resolved: ResolvedKey): KeyWithTargets => {
    return { resolved, targets: targetsOfAccount(spec, resolved.key?.account ?? null) };
  };
  if (spec.manifest) {
    const few = spec.manifest.rows <= lookedUpOneByOne;
    // A row that names its Region goes before one that names a group, and that before one which leaves it to the plan,
    // whatever each calls the key: rowMaker takes every pair once.
    for (const part of ['region', 'group', 'neither'] as const) {
      for await (const page of eachManifestKeyPage(context.store, plan.id, part, chunk)) {
        const keys = page.map(({ key }) => key);
        const found = await finder.find(keys, few);
        yield found.map((one, i) => {
          const resolved = meant(one);
          return { resolved, targets: targetsOfRows(spec, page[i]?.rows ?? [], resolved.key?.account ?? null) };
        });
      }
    }
  } else if (spec.keys) {
    const references = [...new Set(spec.keys)];
    for (let start = 0; start < references.length; start += chunk) {
      const found = await finder.find(references.slice(start, start + chunk), references.length <= lookedUpOneByOne);
      yield found.map((one) => byAccount(meant(one)));
    }
  } else {
    for await (const keys of finder.select(spec.selector ?? {})) yield keys.map(byAccount);
  }
}

/**
 * The keys of which rows of a plan are pending, and those rows, as CCKM lists them by now. Each key is meant as it was
 * when it was resolved first, so that its templates and overrides stay the same; its primary may be another member of the
 * set by now. Throws CckmError.
 */
export async function* pendingPairs(
  context: ResolveContext,
  plan: ClaimedPlan,
  pending: number,
  inventory: Inventory,
): AsyncGenerator<KeyWithTargets[]> {
  const finder = new KeyFinder(context, plan, inventory);
  for await (const page of eachPendingKeyPage(context.store, plan.id, chunkOf(plan.spec))) {
    const keys = page.map(({ key_id }) => key_id);
    const found = await finder.find(keys, pending <= lookedUpOneByOne);
    yield found.map((resolved, i) => {
      const { key_id = resolved.reference, named_as = null, alias = null, aliases = [], targets = [] } = page[i] ?? {};
      const { key, ...rest } = asPrimary(resolved);
      return { resolved: { ...rest, alias, key: key && { ...key, aliases } }, targets, before: { key_id, named_as } };
    });
  }
}
