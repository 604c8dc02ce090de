import type { CckmKey, PlanSpec, PrimarySettings, ReplicaBlock } from '@keyferry/core';
import type { Seal } from './seal.ts';

/*
 * Where key policies stand in what is kept, and nothing else: in the replica blocks of plans, of schedules and of coverage
 * policies, in the difference of a replica that is there, in what a replica gets from its primary, and in what was read of
 * CCKM's inventory.
 */

type Turn = (value: unknown) => unknown;

function inBlock(block: ReplicaBlock, turn: Turn): ReplicaBlock {
  const { aws_param } = block;
  if (aws_param?.Policy === undefined) return block;
  return { ...block, aws_param: { ...aws_param, Policy: turn(aws_param.Policy) as Record<string, unknown> } };
}

/** A plan, or anything else that says what replicas are like. */
type WithReplica = Pick<PlanSpec, 'replica'> & Partial<Pick<PlanSpec, 'overrides'>>;

function inSpec<Spec extends WithReplica>(spec: Spec, turn: Turn): Spec {
  const overrides = spec.overrides?.map((override) => ({ ...override, replica: inBlock(override.replica, turn) }));
  return { ...spec, replica: inBlock(spec.replica, turn), ...(overrides === undefined ? {} : { overrides }) };
}

/** A plan as it is stored. */
export function closeSpec<Spec extends WithReplica>(seal: Seal, spec: Spec): Spec {
  return seal.keyIds.length === 0 ? spec : inSpec(spec, seal.close);
}

/** A stored plan as it was submitted. Throws SealError. */
export function openSpec<Spec extends WithReplica>(seal: Seal, spec: Spec): Spec {
  return inSpec(spec, seal.open);
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
      one.field === 'policy' ? { ...one, wanted: turn(one.wanted), present: turn(one.present) } : one,
    ) ?? null
  );
}

/** Rows with a difference, as they are stored. */
export function closeDiff<Row extends { readonly diff: Differences }>(seal: Seal, row: Row): Row {
  return { ...row, diff: inDifferences(row.diff, seal.close) };
}

/** Stored rows as they were found. Throws SealError. */
export function openDiff<Row extends { readonly diff: Differences }>(seal: Seal, row: Row): Row {
  return { ...row, diff: inDifferences(row.diff, seal.open) };
}

type FromPrimary = PrimarySettings | null;

function inSettings(settings: FromPrimary, turn: Turn): FromPrimary {
  if (settings?.Policy === undefined) return settings;
  return { ...settings, Policy: turn(settings.Policy) as Record<string, unknown> };
}

/** Rows with what they get from the primary, as they are stored. */
export function closeFromPrimary<Row extends { readonly fromPrimary: FromPrimary }>(seal: Seal, row: Row): Row {
  return { ...row, fromPrimary: inSettings(row.fromPrimary, seal.close) };
}

/** Stored rows as they were resolved. Throws SealError. */
export function openFromPrimary<Row extends { readonly fromPrimary: FromPrimary }>(seal: Seal, row: Row): Row {
  return { ...row, fromPrimary: inSettings(row.fromPrimary, seal.open) };
}

/** A listed key, as it is laid down while a plan is resolved. */
export function closeKey(seal: Seal, key: CckmKey): CckmKey {
  return key.policy === null ? key : { ...key, policy: seal.close(key.policy) };
}

export function openKey<Key extends { readonly policy: unknown }>(seal: Seal, key: Key): Key {
  return { ...key, policy: seal.open(key.policy) };
}
