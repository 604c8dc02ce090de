import type { ManifestRow } from './manifest-row.ts';
import { regionsOfAccount, regionsOfEntry } from './plan-regions.ts';
import type { PrimarySettings } from './primary-settings.ts';
import type { ReplicaBlock } from './replica-block.ts';
import type { PlanSpec } from './spec.ts';

/** A Region into which a key goes. */
export interface Target {
  readonly region: string;
  /** What the manifest sets for this replica alone. */
  readonly settings: ReplicaBlock | null;
  /** The manifest's line. */
  readonly line: number | null;
  /** What it gets from the primary, where that was read before; null: as the primary has it now. */
  readonly fromPrimary: PrimarySettings | null;
}

/** Where a key of this account goes by the plan's own Regions. */
export function targetsOfAccount(spec: PlanSpec, account: string | null): Target[] {
  return regionsOfAccount(spec, account).map((region) => ({ region, settings: null, line: null, fromPrimary: null }));
}

/** Where a key goes by its rows in a manifest, each Region once: by the row that stands first. */
export function targetsOfRows(spec: PlanSpec, rows: readonly ManifestRow[], account: string | null): Target[] {
  const byRegion = new Map<string, Target>();
  for (const { region, settings, line } of [...rows].sort((a, b) => a.line - b.line)) {
    for (const name of region === null ? regionsOfAccount(spec, account) : regionsOfEntry(spec, region, account)) {
      if (!byRegion.has(name)) byRegion.set(name, { region: name, settings, line, fromPrimary: null });
    }
  }
  return [...byRegion.values()];
}
