import type { CckmKey } from '@keyferry/core';
import { newId } from '../new-id.ts';
import { closeKey, openKey } from '../seal/policies.ts';
import { inTransaction, records, type Store } from '../store.ts';
import { writeInParts } from '../write-in-parts.ts';

/**
 * What CCKM lists, laid down while a large plan is resolved: an estate of a million keys is looked up in Postgres, a few
 * hundred at a time, instead of being held in a worker's memory.
 */

/** Begins a reading for a worker; it is the worker's to end. Answers its id. */
export async function beginReading(store: Store, workerId: string): Promise<string> {
  const id = newId();
  await store.prisma.inventoryReading.create({ data: { id, workerId } });
  return id;
}

/**
 * Lays down keys; one that is there already stays as it was read first. A key that Postgres refuses (an alias too long for
 * an index) is laid down without its aliases, texts and policy, or not at all. Answers the CCKM ids of those.
 */
export async function writeReading(store: Store, readingId: string, keys: readonly CckmKey[]): Promise<string[]> {
  const write = async (part: readonly CckmKey[]): Promise<string[]> => {
    await insertKeys(store, readingId, part);
    return [];
  };
  return writeInParts(keys, write, async (key) => {
    const bare = { ...key, aliases: [], description: null, tags: [], policy: null, principals: {} };
    await writeInParts([bare], write, async () => []);
    return [key.id];
  });
}

async function insertKeys(store: Store, readingId: string, keys: readonly CckmKey[]): Promise<void> {
  if (keys.length === 0) return;
  const given = records(
    keys.map((key) => ({
      id: key.id,
      mrk: key.keyId,
      aliases: key.aliases,
      key: closeKey(store.seal, key, readingId),
    })),
  );
  await inTransaction(store, async (tx) => {
    await tx.$executeRaw`
      INSERT INTO inventory_keys (reading_id, id, mrk, key)
      SELECT ${readingId}::uuid, k.id, k.mrk, k.key FROM jsonb_to_recordset(${given}) AS k(id text, mrk text, key jsonb)
      ON CONFLICT DO NOTHING`;
    await tx.$executeRaw`
      INSERT INTO inventory_aliases (reading_id, alias, key_id)
      SELECT ${readingId}::uuid, alias, k.id
      FROM jsonb_to_recordset(${given}) AS k(id text, aliases text[]) CROSS JOIN unnest(k.aliases) AS alias
      ON CONFLICT DO NOTHING`;
  });
}

/**
 * Throws unless the reading still stands, checked after something was read of it: it is gone when Postgres crashed, or when
 * its worker's lease ran out, and then what was read of it means nothing.
 */
async function mustStand(store: Store, readingId: string): Promise<void> {
  if ((await store.prisma.inventoryReading.count({ where: { id: readingId } })) === 0) {
    throw new Error('The inventory that was read is gone: the plan is resolved again from the start');
  }
}

/** The keys with these CCKM ids or these aliases, and every listed member of their sets and of the sets named by `mrks`. */
export async function readSets(
  store: Store,
  readingId: string,
  { ids, mrks, aliases }: { ids: readonly string[]; mrks: readonly string[]; aliases: readonly string[] },
): Promise<CckmKey[]> {
  const rows = await store.prisma.$queryRaw<Stored[]>`
    WITH named AS (
      SELECT id, mrk FROM inventory_keys WHERE reading_id = ${readingId}::uuid AND id = ANY(${[...ids]})
      UNION
      SELECT k.id, k.mrk FROM inventory_aliases a
        JOIN inventory_keys k ON k.reading_id = a.reading_id AND k.id = a.key_id
        WHERE a.reading_id = ${readingId}::uuid AND a.alias = ANY(${[...aliases]})
    ), sets AS (
      SELECT mrk FROM named WHERE mrk IS NOT NULL UNION SELECT unnest(${[...mrks]}::text[])
    )
    SELECT key FROM inventory_keys WHERE reading_id = ${readingId}::uuid AND mrk IN (SELECT mrk FROM sets)
    UNION ALL
    SELECT k.key FROM inventory_keys k JOIN named n ON n.id = k.id
      WHERE k.reading_id = ${readingId}::uuid AND k.mrk IS NULL`;
  await mustStand(store, readingId);
  return rows.map((row) => asKey(store, readingId, row));
}

/** The keys that carry one of these aliases. */
export async function readCarriers(store: Store, readingId: string, aliases: readonly string[]): Promise<CckmKey[]> {
  const rows = await store.prisma.$queryRaw<Stored[]>`
    SELECT DISTINCT ON (k.id) k.key FROM inventory_aliases a
    JOIN inventory_keys k ON k.reading_id = a.reading_id AND k.id = a.key_id
    WHERE a.reading_id = ${readingId}::uuid AND a.alias = ANY(${[...aliases]})`;
  await mustStand(store, readingId);
  return rows.map((row) => asKey(store, readingId, row));
}

/** The primaries of a reading by their CCKM ids, `size` at a time. */
export async function* eachPrimaryPage(store: Store, readingId: string, size: number): AsyncGenerator<CckmKey[]> {
  let after = '';
  for (;;) {
    const rows: Stored[] = await store.prisma.$queryRaw<Stored[]>`
      SELECT key FROM inventory_keys
      WHERE reading_id = ${readingId}::uuid AND id > ${after} AND key->>'multiRegionKeyType' = 'PRIMARY'
      ORDER BY id LIMIT ${size}`;
    await mustStand(store, readingId);
    const page = rows.map((row) => asKey(store, readingId, row));
    if (page.length > 0) yield page;
    after = page.at(-1)?.id ?? '';
    if (page.length < size) return;
  }
}

export async function endReading(store: Store, readingId: string): Promise<void> {
  await store.prisma.$executeRaw`DELETE FROM inventory_readings WHERE id = ${readingId}::uuid`;
}

/** Takes away the readings of workers that are gone. Answers how many. */
export function endDeadReadings(store: Store): Promise<number> {
  return store.prisma.$executeRaw`
    DELETE FROM inventory_readings r
    WHERE NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = r.worker_id AND w.alive_until > now())`;
}

interface Stored {
  readonly key: Omit<CckmKey, 'createdAt'> & { readonly createdAt: string | null };
}

function asKey({ seal }: Store, readingId: string, { key }: Stored): CckmKey {
  return { ...openKey(seal, key, readingId), createdAt: key.createdAt === null ? null : new Date(key.createdAt) };
}
