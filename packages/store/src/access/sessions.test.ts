import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PrivateServer, startPostgres } from '../../../../test/servers/index.ts';
import {
  findSessions,
  insertSession,
  migrate,
  mostSessions,
  openStore,
  type SessionOwner,
  type Store,
} from '../index.ts';

let server: PrivateServer;
let store: Store;
beforeAll(async () => {
  server = await startPostgres();
  await migrate(server.url);
  store = openStore({ url: server.url });
}, 120_000);
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

const limits = { idleSeconds: 600, mostSeconds: 600 };
const begin = (sha256: string, owner: SessionOwner) =>
  insertSession(store, { sha256, owner, endsAt: null, replaces: null }, limits);
const alive = async (sha256: string) => (await findSessions(store, [sha256], limits.idleSeconds)).has(sha256);

test('the oldest session of an owner ends where one more would be too many, and no other owner’s', async () => {
  const identity = { issuer: 'https://id.example.com', subject: 'ada', caller: 'ada', role: 'viewer' as const };
  const ada: SessionOwner = { kind: 'oidc', identity };
  await begin('of bob', { kind: 'oidc', identity: { ...identity, subject: 'bob' } });
  await begin('of admin', { kind: 'admin', proof: 'a' });
  for (let i = 0; i < mostSessions; i += 1) await begin(`${i}`, ada);
  expect(await alive('0')).toBe(true);
  await begin('one more', ada);
  expect(await Promise.all(['0', '1', 'one more', 'of bob', 'of admin'].map(alive))).toEqual([
    false,
    true,
    true,
    true,
    true,
  ]);
  expect(await store.prisma.session.count()).toBe(mostSessions + 2);
}, 60_000);
