import { defineConfig } from 'prisma/config';

/** For `prisma migrate deploy` and `prisma studio` where somebody uses them; Keyferry itself migrates at start. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env.DATABASE_URL ? { datasource: { url: process.env.DATABASE_URL } } : {}),
});
