import type { AuditCheckpointView } from '@keyferry/core';
import type { Store } from '../store.ts';

interface CheckpointRow extends Omit<AuditCheckpointView, 'seq' | 'at' | 'key_id'> {
  readonly seq: bigint;
  readonly at: Date;
  readonly keyId: string;
}

const view = ({ seq, hash, at, keyId, signature }: CheckpointRow): AuditCheckpointView => ({
  seq: Number(seq),
  hash,
  at: at.toISOString(),
  key_id: keyId,
  signature,
});

/** Keeps a signed checkpoint; the first one of an entry stays. */
export async function insertCheckpoint(store: Store, checkpoint: AuditCheckpointView): Promise<void> {
  const { seq, hash, at, key_id: keyId, signature } = checkpoint;
  const data = { seq: BigInt(seq), hash, at: new Date(at), keyId, signature };
  await store.prisma.auditCheckpoint.createMany({ data, skipDuplicates: true });
}

/** The newest checkpoint; null: there is none. */
export async function readLastCheckpoint(store: Store): Promise<AuditCheckpointView | null> {
  return (await listCheckpoints(store, { limit: 1, before: null }))[0] ?? null;
}

/** A page of checkpoints, newest first; `before` is the `seq` of the last one seen. */
export async function listCheckpoints(
  store: Store,
  { limit, before }: { limit: number; before: number | null },
): Promise<AuditCheckpointView[]> {
  const where = before === null ? {} : { seq: { lt: BigInt(before) } };
  return (await store.prisma.auditCheckpoint.findMany({ where, orderBy: { seq: 'desc' }, take: limit })).map(view);
}

/** The checkpoints of entries from one to another, in their order. */
export async function readCheckpoints(store: Store, fromSeq: number, toSeq: number): Promise<AuditCheckpointView[]> {
  const where = { seq: { gte: BigInt(fromSeq), lte: BigInt(toSeq) } };
  return (await store.prisma.auditCheckpoint.findMany({ where, orderBy: { seq: 'asc' } })).map(view);
}
