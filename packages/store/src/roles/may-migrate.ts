import type pg from 'pg';

/** Whether the role of a connection gets past the triggers of the audit log: it owns the tables, or is a superuser. */
export async function ownsTables(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ owns: boolean | null }>(
    `SELECT pg_has_role(c.relowner, 'MEMBER') AS owns FROM pg_class c WHERE c.oid = to_regclass('audit_entries')`,
  );
  return rows[0]?.owns === true;
}

/** Whether the role of a connection may migrate: it owns what is there, or may create the first table. */
export async function mayMigrate(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean | null }>(`
    SELECT CASE WHEN to_regclass('_prisma_migrations') IS NULL THEN has_schema_privilege(current_schema(), 'CREATE')
      ELSE (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = to_regclass('_prisma_migrations'))
      END AS may`);
  return rows[0]?.may === true;
}

/** Whether the role of a connection may read which migrations are applied; true where none is. */
export async function mayReadMigrations(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean | null }>(
    `SELECT has_table_privilege(to_regclass('_prisma_migrations'), 'SELECT') AS may`,
  );
  return rows[0]?.may !== false;
}

/** What to do where a process lacks the right to migrate. */
export const migrateFirst =
  'Run `npm run migrate` of this version with KEYFERRY_MIGRATION_DATABASE_URL, the role that owns the tables, then start again: see docs/operations/postgres-and-redis.md.';
