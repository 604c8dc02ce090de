import { createHash } from 'node:crypto';
import { manifestPlanSchema, type PlanSpecInput } from '@keyferry/core';
import { newId } from '../new-id.ts';
import { records, type Store, type Transaction } from '../store.ts';
import { addPlan, type PlanToAdd } from './insert-plan.ts';

/** One row of a plan: a key and where it goes. */
export interface PlanRowToAdd {
  readonly key: string;
  readonly region: string;
}

export type PlanOfRows = Omit<PlanToAdd, 'spec' | 'manifestId'> & {
  /** The rest of the plan; its keys and Regions are those of the rows. */
  readonly spec: Omit<PlanSpecInput, 'keys' | 'selector' | 'regions' | 'account_regions' | 'region_groups'>;
  /** At least one; no pair twice. */
  readonly rows: AsyncIterable<PlanRowToAdd> | Iterable<PlanRowToAdd>;
};

const rowsAtOnce = 1_000;

/**
 * Stores a plan whose rows Keyferry itself has found, within a transaction, as one with a manifest: `key,region` a line,
 * which is what its `sha256` is over. Answers the plan's id. Throws a ZodError where the plan would be none.
 */
export async function insertPlanOfRows(
  store: Store,
  tx: Transaction,
  { spec: given, rows, ...by }: PlanOfRows,
): Promise<string> {
  const manifestId = newId();
  await tx.manifest.create({ data: { id: manifestId } });
  const hash = createHash('sha256');
  const regions = new Set<string>();
  let line = 0;
  let batch: (PlanRowToAdd & { line: number })[] = [];
  const write = async () => {
    await tx.$executeRaw`
      INSERT INTO manifest_rows (manifest_id, line, key, region)
      SELECT ${manifestId}::uuid, r.line, r.key, r.region
      FROM jsonb_to_recordset(${records(batch)}) AS r(line int, key text, region text)`;
    batch = [];
  };
  for await (const { key, region } of rows) {
    line += 1;
    hash.update(`${key},${region}\n`);
    regions.add(region);
    batch.push({ line, key, region });
    if (batch.length === rowsAtOnce) await write();
  }
  if (batch.length > 0) await write();
  const manifest = {
    format: 'csv' as const,
    sha256: hash.digest('hex'),
    rows: line,
    regions: [...regions],
    with_alias: false,
  };
  const spec = manifestPlanSchema.parse({ ...given, manifest });
  return addPlan(store, tx, { ...by, spec, manifestId });
}
