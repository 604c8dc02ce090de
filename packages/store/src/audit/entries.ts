import type { AuditAction, AuditEntryView, AuditOutcome } from '@keyferry/core';
import { type Connection, inTransaction, Prisma, type Store, type Transaction } from '../store.ts';

/*
 * The audit log. Changes are noted by triggers of the database, at the end of the transaction that makes them (see the
 * migration); what is noted from here changes no row that a trigger watches.
 */

export interface NewEntry {
  readonly action: AuditAction;
  readonly object: AuditEntryView['object'];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Writes an entry as the last thing of a transaction: the chain is locked from here until it ends. */
export async function appendEntry(
  tx: Connection,
  { action, object, detail }: NewEntry,
  outcome: AuditOutcome = 'done',
): Promise<void> {
  await tx.$executeRaw`
    SELECT append_audit(${object.type}, ${object.id}, ${action}, ${JSON.stringify(detail)}::jsonb, ${outcome}::audit_outcome)`;
}

/** Notes an attempt that was refused, in the name that the store has. */
export function noteRefusal(store: Store, entry: NewEntry): Promise<void> {
  return inTransaction(store, (tx) => appendEntry(tx, entry, 'refused'));
}

export interface EntryFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly objectType?: string | undefined;
  readonly objectId?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  /** From this time on. */
  readonly from?: Date | undefined;
  /** Before this time. */
  readonly to?: Date | undefined;
}

/** As it is hashed, with its hash. */
const view = Prisma.raw(`jsonb_build_object('seq', e.seq, 'at', to_char(e.at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'actor', jsonb_build_object('caller', e.caller, 'role', e.role, 'token_id', e.token_id), 'action', e.action,
  'object', jsonb_build_object('type', e.object_type, 'id', e.object_id), 'outcome', e.outcome,
  'request_id', e.request_id, 'detail', e.detail, 'prev_hash', e.prev_hash, 'hash', e.hash)`);

async function select(store: Store, rest: Prisma.Sql): Promise<AuditEntryView[]> {
  const rows = await store.prisma.$queryRaw<{ entry: AuditEntryView }[]>`
    SELECT ${view} AS entry FROM audit_entries e ${rest}`;
  return rows.map(({ entry }) => entry);
}

/** A page of entries, newest first; `before` is the number of the last one seen. */
export function listEntries(
  store: Store,
  filter: EntryFilter,
  { limit, before }: { limit: number; before: number | null },
): Promise<AuditEntryView[]> {
  const { actor, action, objectType, objectId, outcome, from, to } = filter;
  const conditions = [
    ...(before === null ? [] : [Prisma.sql`e.seq < ${before}`]),
    ...(actor === undefined ? [] : [Prisma.sql`e.caller = ${actor}`]),
    ...(action === undefined ? [] : [Prisma.sql`e.action = ${action}`]),
    ...(objectType === undefined ? [] : [Prisma.sql`e.object_type = ${objectType}`]),
    ...(objectId === undefined ? [] : [Prisma.sql`e.object_id = ${objectId}`]),
    ...(outcome === undefined ? [] : [Prisma.sql`e.outcome = ${outcome}::audit_outcome`]),
    ...(from === undefined ? [] : [Prisma.sql`e.at >= ${from}`]),
    ...(to === undefined ? [] : [Prisma.sql`e.at < ${to}`]),
  ];
  const where = conditions.length === 0 ? Prisma.sql`true` : Prisma.join(conditions, ' AND ');
  return select(store, Prisma.sql`WHERE ${where} ORDER BY e.seq DESC LIMIT ${limit}`);
}

/** Every entry about one of these objects, in their order. */
export function readEntriesAbout(store: Store, objectIds: readonly string[]): Promise<AuditEntryView[]> {
  return select(store, Prisma.sql`WHERE e.object_id = ANY(${[...objectIds]}) ORDER BY e.seq`);
}

const entriesAtOnce = 1_000;

/** All entries from one number to another, in their order. */
export async function* eachEntryPage(store: Store, fromSeq: number, toSeq: number): AsyncGenerator<AuditEntryView[]> {
  for (let from = fromSeq; from <= toSeq; ) {
    const range = Prisma.sql`WHERE e.seq BETWEEN ${from} AND ${toSeq} ORDER BY e.seq LIMIT ${entriesAtOnce}`;
    const page = await select(store, range);
    if (page.length > 0) yield page;
    if (page.length < entriesAtOnce) return;
    from = (page.at(-1)?.seq ?? toSeq) + 1;
  }
}

/** The last entry: its number, 0 when there is none, and its hash. */
export async function readAuditHead(store: {
  readonly prisma: Pick<Transaction, 'auditHead'>;
}): Promise<{ seq: number; hash: string }> {
  const { seq, hash } = await store.prisma.auditHead.findUniqueOrThrow({ where: { id: 1 } });
  return { seq: Number(seq), hash };
}

/** The hash that an entry carries; null: it is not there. */
export async function readEntryHash(db: Connection, seq: number): Promise<string | null> {
  const [row] = await db.$queryRaw<{ hash: string }[]>`SELECT hash FROM audit_entries WHERE seq = ${seq}`;
  return row?.hash ?? null;
}

/** The last entry that was dropped, as the first one that is left and the entry about the drop agree; null: none was. */
export async function readDropped(db: Connection): Promise<{ seq: number; hash: string } | null> {
  const [row] = await db.$queryRaw<{ seq: bigint; hash: string }[]>`
    SELECT first.seq - 1 AS seq, first.prev_hash AS hash
    FROM (SELECT seq, prev_hash FROM audit_entries ORDER BY seq LIMIT 1) first
    WHERE EXISTS (SELECT 1 FROM audit_entries WHERE action = 'audit.drop' AND outcome = 'done'
      AND detail = jsonb_build_object('last_seq', first.seq - 1, 'last_hash', first.prev_hash))`;
  return row === undefined ? null : { seq: Number(row.seq), hash: row.hash };
}
