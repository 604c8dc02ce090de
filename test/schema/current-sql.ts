import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** Where the functions and triggers of the database stand as they are now. */
export const sqlDirectory = fileURLToPath(new URL('../../prisma/sql', import.meta.url));

/** Takes what stands in no file yet; move it to where it belongs. */
const newcomersFile = 'guards.sql';

interface Definition {
  /** `name(arguments)` */
  readonly signature: string;
  readonly text: string;
}

/** The files as they stand, by name. */
export function readSqlFiles(): Map<string, string> {
  const names = readdirSync(sqlDirectory).filter((name) => name.endsWith('.sql'));
  return new Map(names.sort().map((name) => [name, readFileSync(`${sqlDirectory}/${name}`, 'utf8')]));
}

/**
 * What the files must say for the functions and triggers that a database has: each function in the file in which it stands
 * already, in the order of their names, followed by the triggers that run it; the first comment of a file is left as it is.
 */
export async function currentSql(
  databaseUrl: string,
  files: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const homes = new Map<string, string>();
  for (const [file, text] of files)
    for (const [, signature = ''] of text.matchAll(/^-- (\w+\(.*\))$/gm)) homes.set(signature, file);
  const definitions = await readDefinitions(databaseUrl);
  return new Map(
    [...files].map(([file, text]) => {
      const header = /^(?:--.*\n)*/.exec(text)?.[0] ?? '';
      const own = definitions.filter(({ signature }) => (homes.get(signature) ?? newcomersFile) === file);
      return [file, [header, ...own.map(({ signature, text }) => `-- ${signature}\n${text}`)].join('\n')];
    }),
  );
}

async function readDefinitions(databaseUrl: string): Promise<Definition[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ signature: string; definition: string; triggers: string[] }>(`
      SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS signature,
        pg_get_functiondef(p.oid) AS definition,
        ARRAY(SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t
          WHERE t.tgfoid = p.oid AND NOT t.tgisinternal AND t.tgparentid = 0 ORDER BY t.tgrelid::regclass::text, t.tgname) AS triggers
      FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace ORDER BY p.proname, 1`);
    return rows.map(({ signature, definition, triggers }) => {
      const function_ = definition
        .trimEnd()
        .split('\n')
        .map((line) => line.trimEnd())
        .join('\n');
      return { signature, text: [`${function_};`, ...triggers.map((trigger) => `${trigger};`), ''].join('\n') };
    });
  } finally {
    await client.end();
  }
}
