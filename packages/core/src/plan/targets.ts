import type { ManifestRow } from './manifest-row.ts';
import { regionsOfAccount, regionsOfEntry } from './plan-regions.ts';
import type { ReplicaBlock } from './replica-block.ts';
import type { PlanSpec } from './spec.ts';

/** A Region into which a key goes. */
export interface Target {
  readonly region: string;
  /** What the manifest sets for this replica alone. */
  readonly settings: ReplicaBlock | null;
  /** The manifest's line. */
  readonly line: number | null;
}

/** Where a key of this account goes by the plan's own Regions. */
export function targetsOfAccount(spec: PlanSpec, account: string | null): Target[] {
  return regionsOfAccount(spec, account).map((region) => ({ region, settings: null, line: null }));
}

/**
 * Where a key goes by its rows in a manifest, each Region once: a row that names the Region goes before one that names a
 * group, and that before one which leaves it to the plan; of two alike the one that stands first.
 */
export function targetsOfRows(spec: PlanSpec, rows: readonly ManifestRow[], account: string | null): Target[] {
  const targets = rows.flatMap(({ region, settings, line }) => {
    const meant = region === null ? regionsOfAccount(spec, account) : regionsOfEntry(spec, region, account);
    const vague = region === null ? 2 : meant.length === 1 && meant[0] === region ? 0 : 1;
    return meant.map((name) => ({ vague, target: { region: name, settings, line } }));
  });
  const byRegion = new Map<string, Target>();
  for (const { target } of targets.sort((a, b) => a.vague - b.vague || a.target.line - b.target.line)) {
    if (!byRegion.has(target.region)) byRegion.set(target.region, target);
  }
  return [...byRegion.values()];
}
