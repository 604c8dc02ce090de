import pg from 'pg';
import { applicationRights, ownersFunctions, type TableRights } from './application-rights.ts';

/**
 * Gives a role what the application needs, and takes away what else it has on these tables. To be run by their owner, in a
 * transaction. Throws where the role could still get past the triggers: it is a superuser, belongs to the owner, or has
 * rights through PUBLIC or a group.
 */
export async function grantRights(client: pg.Client, role: string): Promise<void> {
  await refuseOwners(client, role);
  const to = pg.escapeIdentifier(role);
  const { name: schema, database } = await homeOf(client);
  const home = pg.escapeIdentifier(schema);
  const tables = Object.keys(applicationRights).map((table) => `${home}.${pg.escapeIdentifier(table)}`);
  const columns = await columnsOf(client);
  const statements = [
    `REVOKE ALL ON TABLE ${tables.join(', ')} FROM ${to}`,
    `GRANT SELECT ON TABLE ${tables.join(', ')} TO ${to}`,
    ...Object.entries(applicationRights).flatMap(([table, rights]) => {
      const granted = grantedOn(rights, columns.get(table) ?? []);
      return granted === '' ? [] : [`GRANT ${granted} ON TABLE ${home}.${pg.escapeIdentifier(table)} TO ${to}`];
    }),
    ...(await sequencesOf(client)).map((sequence) => `GRANT USAGE ON SEQUENCE ${sequence} TO ${to}`),
    ...(await functionsOf(client)).map(({ name, owners }) =>
      owners ? `REVOKE ALL ON FUNCTION ${name} FROM ${to}` : `GRANT EXECUTE ON FUNCTION ${name} TO ${to}`,
    ),
  ];
  await client.query(statements.join(';\n'));
  await grantDatabase(client, { role, to, schema, home, database });
  await refuseFurtherRights(client, role);
}

function grantedOn({ insert, update, delete: deletes }: TableRights, columns: readonly string[]): string {
  const quoted = (names: readonly string[]) => names.map((name) => pg.escapeIdentifier(name)).join(', ');
  const updates =
    update === undefined
      ? []
      : update === true
        ? ['UPDATE']
        : 'only' in update
          ? [`UPDATE (${quoted(update.only)})`]
          : [`UPDATE (${quoted(columns.filter((column) => !update.but.includes(column)))})`];
  return [...(insert ? ['INSERT'] : []), ...updates, ...(deletes ? ['DELETE'] : [])].join(', ');
}

async function homeOf(client: pg.Client): Promise<{ name: string; database: string }> {
  const { rows } = await client.query<{ name: string; database: string }>(
    `SELECT n.nspname AS name, current_database() AS database FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = 'audit_entries'::regclass`,
  );
  const [home] = rows;
  if (home === undefined) throw new Error('The database has no audit log.');
  return home;
}

/** What it must be able to do besides; asked for first, since only who owns the schema or the database may give it. */
async function grantDatabase(
  client: pg.Client,
  { role, to, schema, home, database }: { role: string; to: string; schema: string; home: string; database: string },
): Promise<void> {
  const { rows } = await client.query<{ connects: boolean; temporary: boolean; uses: boolean; creates: boolean }>(
    `SELECT has_database_privilege($1, $3, 'CONNECT') AS connects, has_database_privilege($1, $3, 'TEMPORARY') AS temporary,
       has_schema_privilege($1, $2, 'USAGE') AS uses, has_schema_privilege($1, $2, 'CREATE') AS creates`,
    [role, schema, database],
  );
  const [has] = rows;
  const name = pg.escapeIdentifier(database);
  if (!has?.connects) await client.query(`GRANT CONNECT ON DATABASE ${name} TO ${to}`);
  // BullMQ makes temporary tables.
  if (!has?.temporary) await client.query(`GRANT TEMPORARY ON DATABASE ${name} TO ${to}`);
  if (!has?.uses) await client.query(`GRANT USAGE ON SCHEMA ${home} TO ${to}`);
  // Up to Postgres 14 everybody may create in public; a function there could stand in for one of ours.
  if (has?.creates) await client.query(`REVOKE CREATE ON SCHEMA ${home} FROM PUBLIC, ${to}`);
}

async function columnsOf(client: pg.Client): Promise<Map<string, string[]>> {
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `SELECT c.relname AS table, array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'audit_entries'::regclass)
       AND c.relname = ANY($1) GROUP BY c.relname`,
    [Object.keys(applicationRights)],
  );
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

/** The sequences that number rows of these tables. */
async function sequencesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT d.objid::regclass::text AS name FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
     WHERE d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjid IN (SELECT oid FROM pg_class
       WHERE relname = ANY($1) AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'audit_entries'::regclass))`,
    [Object.keys(applicationRights)],
  );
  return rows.map(({ name }) => name);
}

async function functionsOf(client: pg.Client): Promise<{ name: string; owners: boolean }[]> {
  const { rows } = await client.query<{ name: string; owners: boolean }>(
    `SELECT p.oid::regprocedure::text AS name, p.proname = ANY($1) AS owners FROM pg_proc p JOIN pg_class c
       ON c.oid = 'audit_entries'::regclass AND p.pronamespace = c.relnamespace AND p.proowner = c.relowner
     WHERE p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype
       AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')`,
    [ownersFunctions],
  );
  return rows;
}

const another = 'Use a separate role for the application in DATABASE_URL: see docs/operations/postgres-and-redis.md.';

async function refuseOwners(client: pg.Client, role: string): Promise<void> {
  const { rows } = await client.query<{ powers: string[] }>(
    `SELECT array_remove(ARRAY[CASE WHEN r.rolsuper THEN 'is a superuser' END,
       CASE WHEN r.rolcreaterole THEN 'may create roles' END,
       CASE WHEN pg_has_role(r.oid, c.relowner, 'MEMBER') THEN 'belongs to the role that owns the tables' END,
       CASE WHEN pg_has_role(r.oid, d.datdba, 'MEMBER') THEN 'owns the database' END], NULL) AS powers
     FROM pg_roles r, pg_class c, pg_database d
     WHERE r.rolname = $1 AND c.oid = 'audit_entries'::regclass AND d.datname = current_database()`,
    [role],
  );
  const [found] = rows;
  if (found === undefined) throw new Error(`The role ${role} of DATABASE_URL does not exist. ${another}`);
  if (found.powers.length > 0) {
    throw new Error(
      `The role ${role} of DATABASE_URL ${found.powers.join(', and ')}, so its rights cannot be limited. ${another}`,
    );
  }
}

/** Rights that it has through PUBLIC, a group or a partition are not taken away by revoking its own. */
async function refuseFurtherRights(client: pg.Client, role: string): Promise<void> {
  const { rows } = await client.query<{ name: string; rights: string[] }>(
    `SELECT * FROM (
       SELECT c.oid::regclass::text AS name, ARRAY(
         SELECT p FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) p
         WHERE has_table_privilege($1, c.oid, p) AND NOT coalesce($2::jsonb -> c.relname ? p, false)) AS rights
       FROM pg_class c WHERE c.relkind IN ('r', 'p')
         AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'audit_entries'::regclass)
         AND (c.relname = ANY(ARRAY(SELECT jsonb_object_keys($2::jsonb)))
           OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'audit_entries'::regclass))
       UNION ALL
       SELECT 'schema ' || n.nspname, ARRAY['CREATE'] FROM pg_namespace n
       WHERE n.oid = (SELECT relnamespace FROM pg_class WHERE oid = 'audit_entries'::regclass)
         AND has_schema_privilege($1, n.oid, 'CREATE')
     ) t WHERE cardinality(rights) > 0 ORDER BY name`,
    [role, JSON.stringify(tablePrivileges)],
  );
  if (rows.length === 0) return;
  const found = rows.map(({ name, rights }) => `${rights.join(', ')} on ${name}`).join('; ');
  throw new Error(
    `The role ${role} of DATABASE_URL has more rights than the application needs, through PUBLIC or a group: ${found}. Revoke them.`,
  );
}

/** The rights on whole tables, by their names in Postgres. */
const tablePrivileges: Readonly<Record<string, string[]>> = Object.fromEntries(
  Object.entries(applicationRights).map(([table, { insert, update, delete: deletes }]) => [
    table,
    [...(insert ? ['INSERT'] : []), ...(update === true ? ['UPDATE'] : []), ...(deletes ? ['DELETE'] : [])],
  ]),
);
