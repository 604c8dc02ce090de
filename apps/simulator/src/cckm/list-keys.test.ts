import { afterEach, describe, expect, it } from 'vitest';
import { type SeenKey, startForTest, type TestSimulator } from '../../../../test/harness/start-simulation.ts';

let simulator: TestSimulator;
afterEach(() => simulator.stop());

const list = async (query: string) => {
  const { body } = await simulator.aws('GET', `/keys?${query}`);
  return body as unknown as { skip: number; limit: number; total: number; resources: SeenKey[] };
};

describe('the list of keys', () => {
  it('holds ten keys unless asked for more, and all for -1', async () => {
    simulator = await startForTest({}, { keys: [{ count: 25 }] });
    expect(await list('')).toMatchObject({ skip: 0, limit: 10, total: 25, resources: { length: 10 } });
    expect((await list('skip=20&limit=10')).resources).toHaveLength(5);
    expect((await list('limit=-1')).resources).toHaveLength(25);
    expect((await simulator.aws('GET', '/keys?limit=many')).status).toBe(400);
  });

  it('finds the primary of a set and the member of a Region', async () => {
    simulator = await startForTest();
    const key = await simulator.makeKey({ replicas: [{ region: 'us-west-2' }, { region: 'eu-west-1' }] });
    expect((await list(`keyid=${key.mrk}`)).total).toBe(3);
    expect((await list(`keyid=${key.mrk}&multi_region=true&multi_region_key_type=PRIMARY`)).resources[0]?.id).toBe(
      key.id,
    );
    expect((await list(`keyid=${key.mrk}&region=eu-west-1`)).resources[0]?.region).toBe('eu-west-1');
    expect(await list('keyid=mrk-unknown')).toMatchObject({ total: 0, resources: [] });
  });

  it('filters by state, origin, alias and ARN', async () => {
    simulator = await startForTest(
      {},
      { keys: [{ count: 3, aliasPrefix: 'alias/a' }, { count: 2, origin: 'EXTERNAL' }, { state: 'Disabled' }] },
    );
    const { arn } = await simulator.makeKey();
    expect((await list('origin=EXTERNAL')).total).toBe(2);
    expect((await list('keystate=Disabled')).total).toBe(1);
    expect((await list('enabled=false')).total).toBe(1);
    expect((await list('alias=alias/a-002')).total).toBe(1);
    expect((await list(`arn=${arn}`)).total).toBe(1);
  });

  it('sorts by several fields, either way', async () => {
    simulator = await startForTest(
      {},
      {
        keys: [
          { count: 2, aliasPrefix: 'alias/a' },
          { count: 2, region: 'eu-west-1', aliasPrefix: 'alias/b' },
        ],
      },
    );
    const { resources } = await list('sort=region,-alias');
    expect(resources.map((key) => key.aws_param.Alias[0])).toEqual([
      'alias/b-002',
      'alias/b-001',
      'alias/a-002',
      'alias/a-001',
    ]);
  });

  it('misses a new replica for as long as CCKM’s records are stale, and so does its primary', async () => {
    simulator = await startForTest({ staleMs: 5000 });
    const key = await simulator.makeKey();
    const { body } = await simulator.replicate(key.id, 'us-west-2');
    const seen = async () => ({
      listed: (await list(`keyid=${key.mrk}&region=us-west-2`)).total,
      status: (await simulator.aws('GET', `/keys/${body.id}`)).status,
      replicas: (await simulator.getKey(key.id)).aws_param.MultiRegionConfiguration.ReplicaKeys.length,
    });
    expect(await seen()).toEqual({ listed: 0, status: 404, replicas: 0 });
    simulator.pass(5000);
    expect(await seen()).toEqual({ listed: 1, status: 200, replicas: 1 });
  });

  it('finds one set among twenty thousand at once', async () => {
    simulator = await startForTest({}, { keys: [{ count: 20_000 }] });
    const [key] = (await list('skip=19999&limit=1')).resources;
    const before = process.cpuUsage();
    for (let i = 0; i < 50; i += 1) await list(`keyid=${key?.aws_param.KeyID}`);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000, 'milliseconds of work').toBeLessThan(2_000);
  });
});
