import { writeFileSync } from 'node:fs';
import { migrate } from '@keyferry/store';
import { startPostgres } from '../servers/index.ts';
import { currentSql, readSqlFiles, sqlDirectory } from './current-sql.ts';

/** `npm run sql:write`: writes prisma/sql anew from a database to which all migrations have been applied. */
const server = await startPostgres();
try {
  await migrate(server.url);
  for (const [file, text] of await currentSql(server.url, readSqlFiles()))
    writeFileSync(`${sqlDirectory}/${file}`, text);
} finally {
  await server.stop();
}
