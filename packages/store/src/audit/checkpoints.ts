import type { AuditCheckpointView } from '@keyferry/core';
import type { Transaction } from '../store.ts';

interface CheckpointRow extends Omit<AuditCheckpointView, 'seq' | 'at' | 'key_id' | 'prev_hash'> {
  readonly seq: bigint;
  readonly at: Date;
  readonly keyId: string;
  readonly prevHash: string | null;
}

/** A store, or a transaction as its `prisma`. */
interface Checkpoints {
  readonly prisma: Pick<Transaction, 'auditCheckpoint'>;
}

/** As it was signed: the older ones have no hash of the one before. */
const view = ({ seq, hash, at, keyId, prevHash, signature }: CheckpointRow): AuditCheckpointView => ({
  seq: Number(seq),
  hash,
  at: at.toISOString(),
  key_id: keyId,
  ...(prevHash === null ? {} : { prev_hash: prevHash }),
  signature,
});

/** Any number, the same in every process. */
const signingLock = 7_362_148_069;

/** Makes this transaction the only one that signs, once it is its turn: two checkpoints never follow the same one. */
export async function lockCheckpoints(tx: Transaction): Promise<void> {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(${signingLock})::text`;
}

/** Keeps a signed checkpoint. */
export async function insertCheckpoint(tx: Transaction, checkpoint: AuditCheckpointView): Promise<void> {
  const { seq, hash, at, key_id: keyId, prev_hash: prevHash = null, signature } = checkpoint;
  await tx.auditCheckpoint.create({ data: { seq: BigInt(seq), hash, at: new Date(at), keyId, prevHash, signature } });
}

/** The newest checkpoint; null: there is none. */
export async function readLastCheckpoint(store: Checkpoints): Promise<AuditCheckpointView | null> {
  return (await listCheckpoints(store, { limit: 1, before: null }))[0] ?? null;
}

/** A page of checkpoints, newest first; `before` is the `seq` of the last one seen. */
export async function listCheckpoints(
  store: Checkpoints,
  { limit, before }: { limit: number; before: number | null },
): Promise<AuditCheckpointView[]> {
  const where = before === null ? {} : { seq: { lt: BigInt(before) } };
  return (await store.prisma.auditCheckpoint.findMany({ where, orderBy: { seq: 'desc' }, take: limit })).map(view);
}

/** The checkpoints of entries from one to another, in their order. */
export async function readCheckpoints(
  store: Checkpoints,
  fromSeq: number,
  toSeq: number,
): Promise<AuditCheckpointView[]> {
  const where = { seq: { gte: BigInt(fromSeq), lte: BigInt(toSeq) } };
  return (await store.prisma.auditCheckpoint.findMany({ where, orderBy: { seq: 'asc' } })).map(view);
}
