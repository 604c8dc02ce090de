import type { CckmKey, PlanSpec, PrimarySettings, ReplicaBlock } from '@keyferry/core';
import { type Seal, SealError, type SealedAt } from './seal.ts';

/*
 * Where key policies stand in what is kept, and nothing else: in the replica blocks of plans, of schedules and of coverage
 * policies, in the difference of a replica that is there, in what a replica gets from its primary, and in what was read of
 * CCKM's inventory. Each is sealed for its row and its field.
 */

/** Tables whose rows say what replicas are like, in a column that is sealed. */
type SpecTable = 'plans' | 'schedules' | 'drills' | 'coverage_policies' | 'coverage_checks';

/** A row of one of them. */
export interface SpecPlace {
  readonly table: SpecTable;
  readonly id: string;
}

/** Seals or opens a value that stands in a field of a row. */
type Turn = (value: unknown, field: string) => unknown;

const closing =
  (seal: Seal, row: Omit<SealedAt, 'field'>): Turn =>
  (value, field) =>
    seal.close(value, { ...row, field });
const opening =
  (seal: Seal, row: Omit<SealedAt, 'field'>): Turn =>
  (value, field) =>
    seal.open(value, { ...row, field });

function inBlock(block: ReplicaBlock, field: string, turn: Turn): ReplicaBlock {
  const { aws_param } = block;
  if (aws_param?.Policy === undefined) return block;
  return { ...block, aws_param: { ...aws_param, Policy: turn(aws_param.Policy, field) as Record<string, unknown> } };
}

/** A plan, or anything else that says what replicas are like. */
type WithReplica = Pick<PlanSpec, 'replica'> & Partial<Pick<PlanSpec, 'overrides'>>;

function inSpec<Spec extends WithReplica>(spec: Spec, turn: Turn): Spec {
  const overrides = spec.overrides?.map((override, i) => {
    return { ...override, replica: inBlock(override.replica, `overrides.${i}`, turn) };
  });
  const replica = inBlock(spec.replica, 'replica', turn);
  return { ...spec, replica, ...(overrides === undefined ? {} : { overrides }) };
}

/** A plan as it is stored. */
export function closeSpec<Spec extends WithReplica>(seal: Seal, spec: Spec, row: SpecPlace): Spec {
  return inSpec(spec, closing(seal, row));
}

/** A stored plan as it was submitted. Throws SealError. */
export function openSpec<Spec extends WithReplica>(seal: Seal, spec: Spec, row: SpecPlace): Spec {
  return inSpec(spec, opening(seal, row));
}

/** The same to be shown: where a policy cannot be opened it says why. */
export function showSpec<Spec extends WithReplica>(seal: Seal, spec: Spec, row: SpecPlace): Spec {
  return inSpec(spec, shown(opening(seal, row)));
}

/** A value that cannot be opened is told of in its place, so that what stands beside it can be read. */
function shown(open: Turn): Turn {
  return (value, field) => {
    try {
      return open(value, field);
    } catch (error) {
      if (error instanceof SealError) return { unreadable: error.message };
      throw error;
    }
  };
}

interface Difference {
  readonly field: string;
  readonly wanted: unknown;
  readonly present: unknown;
}
type Differences = readonly Difference[] | null;

function inDifferences(differences: Differences, turn: Turn): Differences {
  return (
    differences?.map((one) =>
      one.field === 'policy'
        ? { ...one, wanted: turn(one.wanted, 'diff.wanted'), present: turn(one.present, 'diff.present') }
        : one,
    ) ?? null
  );
}

/** A difference as it is stored: of a replica by its id, of a cell of a coverage check by its key and Region. */
export interface DiffPlace {
  readonly table: 'replicas' | 'coverage_cells';
  readonly id: string;
}

/** Where the difference of a cell stands: a later check may take the cell over. */
export const cellPlace = (mrk: string, region: string): DiffPlace => ({
  table: 'coverage_cells',
  id: `${mrk} ${region}`,
});

export function closeDiff<Diff extends Differences>(seal: Seal, diff: Diff, row: DiffPlace): Diff {
  return inDifferences(diff, closing(seal, row)) as Diff;
}

/** A stored difference to be shown: where a policy cannot be opened it says why. */
export function showDiff<Diff extends Differences>(seal: Seal, diff: Diff, row: DiffPlace): Diff {
  return inDifferences(diff, shown(opening(seal, row))) as Diff;
}

/** Rows of replicas with their differences to be shown. */
export function showDiffs<Row extends { readonly id: string; readonly diff: Differences }>(
  seal: Seal,
  rows: readonly Row[],
): Row[] {
  return rows.map((row) => ({ ...row, diff: showDiff(seal, row.diff, { table: 'replicas', id: row.id }) }));
}

type FromPrimary = PrimarySettings | null;

function inSettings(settings: FromPrimary, turn: Turn): FromPrimary {
  if (settings?.Policy === undefined) return settings;
  return { ...settings, Policy: turn(settings.Policy, 'from_primary') as Record<string, unknown> };
}

const replicaRow = (id: string) => ({ table: 'replicas', id });

/** What a replica gets from the primary, as it is stored. */
export function closeFromPrimary(seal: Seal, settings: FromPrimary, replicaId: string): FromPrimary {
  return inSettings(settings, closing(seal, replicaRow(replicaId)));
}

/** The same as it was resolved. Throws SealError. */
export function openFromPrimary(seal: Seal, settings: FromPrimary, replicaId: string): FromPrimary {
  return inSettings(settings, opening(seal, replicaRow(replicaId)));
}

/** The same to be shown, or compared with what it was: where the policy cannot be opened it says why. */
export function showFromPrimary(seal: Seal, settings: FromPrimary, replicaId: string): FromPrimary {
  return inSettings(settings, shown(opening(seal, replicaRow(replicaId))));
}

const listedKey = (readingId: string, id: string) => ({ table: 'inventory_keys', id: `${readingId} ${id}` });

/** A listed key, as it is laid down while a plan is resolved. */
export function closeKey(seal: Seal, key: CckmKey, readingId: string): CckmKey {
  if (key.policy === null) return key;
  return { ...key, policy: closing(seal, listedKey(readingId, key.id))(key.policy, 'policy') } as CckmKey;
}

export function openKey<Key extends { readonly id: string; readonly policy: unknown }>(
  seal: Seal,
  key: Key,
  readingId: string,
): Key {
  return { ...key, policy: opening(seal, listedKey(readingId, key.id))(key.policy, 'policy') };
}
