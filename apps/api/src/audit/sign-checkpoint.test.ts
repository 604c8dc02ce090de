import { generateKeyPairSync } from 'node:crypto';
import { readPublicKeys, verifyLog } from '@keyferry/evidence';
import { noteRefusal, openStore, readAuditHead, type Store } from '@keyferry/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { signCheckpoint } from './sign-checkpoint.ts';
import { readSigningKey } from './signing-key.ts';

const pair = generateKeyPairSync('ed25519');
const key = readSigningKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
let api: TestApi;
/** As another process has it. */
let other: Store;
beforeAll(async () => {
  api = await startForTest();
  other = openStore({ url: api.databaseUrl });
}, 60_000);
afterAll(async () => {
  await other?.close();
  await api?.stop();
});

const write = (store: Store) =>
  noteRefusal(store, { action: 'read', object: { type: 'operation', id: 'listPlans' }, detail: {} });
async function verified() {
  const { text } = await api.ask(adminToken, 'GET', '/v1/audit/export');
  async function* lines() {
    yield* text.split('\n').filter(Boolean);
  }
  return verifyLog(lines(), readPublicKeys([key.view.public_key]));
}

it('the first checkpoint of the chain follows the last of the old form, as a version before has signed it', async () => {
  await write(api.store);
  const head = await readAuditHead(api.store);
  const {
    prev_hash: _,
    key_id: keyId,
    at,
    seq,
    ...rest
  } = key.signCheckpoint({ ...head, at: new Date().toISOString() });
  await api.store.prisma.$executeRaw`ALTER TABLE audit_checkpoints DISABLE TRIGGER USER`;
  await api.store.prisma.auditCheckpoint.create({ data: { ...rest, seq, at: new Date(at), keyId } });
  await api.store.prisma.$executeRaw`ALTER TABLE audit_checkpoints ENABLE TRIGGER USER`;
  await write(api.store);
  await signCheckpoint(api.store, key);
  expect(await verified()).toMatchObject({ checkpoints: 2, chained: 1, signed: 2 });
});

it('two APIs that sign at once make one chain', async () => {
  for (let round = 0; round < 8; round += 1) {
    await write(api.store);
    const both = [api.store, other, api.store, other].map(async (store) => {
      await write(store);
      return signCheckpoint(store, key);
    });
    await Promise.all(both);
  }
  const { checkpoints, chained, signed, last } = await verified();
  expect(checkpoints).toBeGreaterThan(8);
  expect({ chained, signed }).toEqual({ chained: checkpoints - 1, signed: last });
});

it('what an API of the version before signs is left out, so that it does not break the chain', async () => {
  await write(api.store);
  await signCheckpoint(api.store, key);
  await write(api.store);
  const before = await verified();
  await api.store.prisma.auditCheckpoint.createMany({
    data: { seq: before.last, hash: 'a'.repeat(64), at: new Date(), keyId: key.view.key_id, signature: '' },
    skipDuplicates: true,
  });
  expect(await verified()).toEqual(before);
});

it('what another key signed does not put off the next signature, whatever time it says', async () => {
  const foreign = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const rarely = { entries: 1_000, ms: 60_000 };
  await signCheckpoint(api.store, key);
  await write(api.store);
  const ahead = await signCheckpoint(api.store, readSigningKey(foreign), undefined, { now: Date.now() + 9e9 });
  await write(api.store);
  expect((await signCheckpoint(api.store, key, rarely))?.seq).toBe((ahead?.seq ?? 0) + 1);
  await write(api.store);
  expect((await signCheckpoint(api.store, key, rarely))?.seq).toBe((ahead?.seq ?? 0) + 1);
});
