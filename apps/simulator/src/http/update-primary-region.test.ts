import { afterEach, describe, expect, it } from 'vitest';
import { startForTest, type TestSimulator } from '../../../../test/harness/start-simulation.ts';

let simulator: TestSimulator;
afterEach(() => simulator.stop());

/** A key in us-east-1 with replicas in us-west-2 and eu-west-1. */
async function start(settings: Record<string, unknown> = {}) {
  simulator = await startForTest({ promotionMs: 2000, ...settings });
  const { aws, getKey, makeKey } = simulator;
  const key = await makeKey({ replicas: [{ region: 'us-west-2' }, { region: 'eu-west-1' }] });
  const members = async () => {
    const { resources } = (await aws('GET', `/keys?keyid=${key.mrk}`)).body as { resources: { id: string }[] };
    return Promise.all(resources.map(({ id }) => getKey(id)));
  };
  const idIn = async (region: string) => (await members()).find((member) => member.region === region)?.id ?? '';
  return {
    ...simulator,
    key,
    idIn,
    promote: (id: string, region: string) =>
      aws('POST', `/keys/${id}/update-primary-region`, { PrimaryRegion: region }),
    refresh: async (region: string) => aws('POST', `/keys/${await idIn(region)}/refresh`, {}),
    /** By Region: what CCKM calls the member, its state, and where it says that the primary is. */
    told: async () =>
      Object.fromEntries(
        (await members()).map(({ region, aws_param: { KeyState, MultiRegionConfiguration: set } }) => [
          region,
          `${set.MultiRegionKeyType} ${KeyState} ${set.PrimaryKey.Region}`,
        ]),
      ),
  };
}

const moved = {
  'us-east-1': 'REPLICA Enabled us-west-2',
  'us-west-2': 'PRIMARY Enabled us-west-2',
  'eu-west-1': 'REPLICA Enabled us-west-2',
};

describe('promoting a replica', () => {
  it('leaves the set without a primary while both keys are updating', async () => {
    const { key, promote, told, pass } = await start();
    expect((await promote(key.id, 'us-west-2')).status).toBe(200);
    expect(await told()).toEqual({
      'us-east-1': 'REPLICA Updating us-west-2',
      'us-west-2': 'REPLICA Updating us-west-2',
      'eu-west-1': 'REPLICA Enabled us-west-2',
    });
    pass(2000);
    expect(await told()).toEqual(moved);
  });

  it('refuses another move, by whatever key, until the one before is done, and takes it then', async () => {
    const { key, idIn, promote, pass } = await start();
    const west = await idIn('us-west-2');
    await promote(key.id, 'us-west-2');
    for (const id of [key.id, west]) {
      expect((await promote(id, 'eu-west-1')).body.message).toContain('is not a multi-Region primary key');
    }
    pass(2000);
    expect((await promote(key.id, 'eu-west-1')).body.message).toContain('is not a multi-Region primary key');
    expect((await promote(west, 'us-east-1')).status).toBe(200);
  });

  it('is refused where nothing could become the primary, or is it already', async () => {
    const { key, promote, control, idIn } = await start();
    expect((await promote(key.id, 'us-east-1')).body.message).toContain('is the primary key in us-east-1 already');
    expect((await promote(key.id, 'ap-south-1')).body.message).toContain('has no replica in ap-south-1');
    await control('PATCH', `/keys/${await idIn('us-west-2')}`, { state: 'Disabled' });
    expect((await promote(key.id, 'us-west-2')).body.message).toContain('DisabledException');
  });

  it('counts in both Regions, and says where it went', async () => {
    const { promote, makeKeys, control } = await start({ quotas: { UpdatePrimaryRegion: 2 } });
    const keys = await makeKeys({ count: 2, region: 'eu-west-1', replicas: [{ region: 'us-west-2' }] });
    const back = await makeKeys({ count: 1, region: 'us-west-2', replicas: [{ region: 'eu-central-1' }] });
    for (const { id } of keys) expect((await promote(id, 'us-west-2')).status).toBe(200);
    expect((await promote(back[0]?.id ?? '', 'eu-central-1')).body.message).toContain('ThrottlingException');
    const { body } = await control('GET', '/ledger?operation=update-primary-region');
    expect((body as unknown as object[])[0]).toMatchObject({
      primaryRegion: 'eu-west-1',
      region: 'us-west-2',
      metered: true,
      workDone: true,
    });
  });
});

describe('CCKM’s records of the other members', () => {
  it('tell nothing of the move until each is refreshed', async () => {
    const { key, promote, refresh, told, pass } = await start({ promotionStaleMs: 60_000 });
    await promote(key.id, 'us-west-2');
    pass(2000);
    expect(await told()).toEqual({
      'us-east-1': 'REPLICA Enabled us-west-2',
      'us-west-2': 'REPLICA Enabled us-east-1',
      'eu-west-1': 'REPLICA Enabled us-east-1',
    });
    expect((await refresh('us-west-2')).status).toBe(200);
    expect(await told()).toEqual({ ...moved, 'eu-west-1': 'REPLICA Enabled us-east-1' });
    pass(60_000);
    expect(await told()).toEqual(moved);
  });

  it('lack a replica that was just made, and a promotion goes by that', async () => {
    const { key, promote, replicate, refresh, pass } = await start({ replicaKeysStaleMs: 60_000 });
    await replicate(key.id, 'eu-central-1');
    pass(2000);
    expect((await promote(key.id, 'eu-central-1')).body.message).toContain('has no replica in eu-central-1');
    await refresh('us-east-1');
    expect((await promote(key.id, 'eu-central-1')).status).toBe(200);
  });

  it('are refreshed some time after that was asked for, and say when', async () => {
    const { key, promote, refresh, told, pass, idIn, getKey } = await start({
      promotionStaleMs: 60_000,
      refreshMs: 3_000,
    });
    await promote(key.id, 'us-west-2');
    pass(2000);
    const syncedAt = async () => (await getKey(await idIn('us-west-2'))).synced_at;
    const before = await syncedAt();
    await refresh('us-west-2');
    expect([await told(), await syncedAt()]).toMatchObject([{ 'us-west-2': 'REPLICA Enabled us-east-1' }, before]);
    pass(3000);
    expect(await told()).toMatchObject({ 'us-west-2': 'PRIMARY Enabled us-west-2' });
    expect(Date.parse(await syncedAt())).toBeGreaterThan(Date.parse(before));
  });

  it('are refreshed by no CipherTrust Manager before 2.22', async () => {
    const { refresh } = await start({ offersRefresh: false });
    expect((await refresh('us-east-1')).status).toBe(404);
  });
});
