import { afterEach, describe, expect, it } from 'vitest';
import { startForTest, type TestSimulator } from '../../../../test/harness/start-simulation.ts';

let simulator: TestSimulator;
afterEach(() => simulator.stop());

describe('a replica that was made outside CCKM', () => {
  it('blocks its Region and is not listed, until a synchronisation of its account and Region is done', async () => {
    simulator = await startForTest({ synchronizationMs: 1000 });
    const { aws, control, makeKey, replicate, pass } = simulator;
    const key = await makeKey();
    expect((await control('POST', '/replicas', { key: key.mrk, region: 'us-west-2' })).status).toBe(201);
    const listed = async () => (await aws('GET', `/keys?keyid=${key.mrk}&region=us-west-2`)).body.total;
    expect((await replicate(key.id, 'us-west-2')).body.message).toContain('AlreadyExistsException');
    expect(await listed()).toBe(0);
    const synchronize = async (region: string) => {
      const { body } = await aws('POST', '/synchronization-jobs', { kms: ['kms-111122223333'], regions: [region] });
      pass(1000);
      return (await aws('GET', `/synchronization-jobs/${body.id}`)).body.overall_status;
    };
    expect(await synchronize('eu-west-1')).toBe('completed');
    expect(await listed()).toBe(0);
    expect(await synchronize('us-west-2')).toBe('completed');
    expect(await listed()).toBe(1);
    expect((await aws('GET', '/synchronization-jobs')).body.total).toBe(2);
  });

  it('can be deleted outside CCKM too, and then be made again', async () => {
    simulator = await startForTest();
    const key = await simulator.makeKey({ replicas: [{ region: 'us-west-2', state: 'PendingDeletion' }] });
    const [, replica] = (await simulator.control('GET', `/keys?mrk=${key.mrk}`)).body as unknown as { id: string }[];
    await simulator.control('DELETE', `/keys/${replica?.id}`);
    expect((await simulator.replicate(key.id, 'us-west-2')).status).toBe(201);
  });
});

describe('the account containers', () => {
  it('tell the Regions that CCKM has of each account', async () => {
    simulator = await startForTest({ kmsRegions: { '444455556666': ['eu-central-1', 'eu-west-1'] } });
    await simulator.makeKey();
    await simulator.makeKey({ account: '444455556666', region: 'eu-central-1' });
    const { body } = await simulator.aws('GET', '/kms?limit=-1');
    expect(body).toMatchObject({
      total: 2,
      resources: [{ account_id: '111122223333' }, { account_id: '444455556666' }],
    });
    expect((await simulator.aws('GET', '/kms/aws-444455556666')).body.regions).toEqual(['eu-central-1', 'eu-west-1']);
  });

  it('say whether an alias is free', async () => {
    simulator = await startForTest();
    await simulator.makeKey({ aliasPrefix: 'alias/taken' });
    const verify = (alias: string) =>
      simulator.aws('POST', '/alias/verify', { alias, region: 'us-east-1', kms: 'aws-111122223333' });
    expect(await verify('free')).toEqual({ status: 200, body: 'Alias available' });
    expect((await verify('taken-001')).status).toBe(400);
  });
});
