import { afterEach, describe, expect, it } from 'vitest';
import { startForTest, type TestSimulator } from '../../../../test/harness/start-simulation.ts';

let simulator: TestSimulator;
const start = async (settings: Record<string, unknown> = {}) => {
  simulator = await startForTest({ creatingMs: { min: 1000, max: 1000 }, ...settings });
  return simulator;
};
afterEach(() => simulator.stop());

describe('replicating a key', () => {
  it('answers with the new replica while AWS creates it, and it is enabled a while later', async () => {
    const { makeKey, replicate, getKey, pass } = await start();
    const key = await makeKey();
    const { status, body } = await replicate(key.id, 'us-west-2', { aws_param: { Alias: 'there' } });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      region: 'us-west-2',
      aws_param: { KeyID: key.mrk, KeyState: 'Creating', Enabled: false, Alias: ['alias/there'] },
    });
    expect(body.uri).toBe(`kylo:kylo:cckm:aws-replica-key:${body.id}`);
    pass(1000);
    const replica = await getKey(body.id);
    expect(replica.aws_param.KeyState).toBe('Enabled');
    expect(replica.aws_param.MultiRegionConfiguration).toMatchObject({
      MultiRegionKeyType: 'REPLICA',
      PrimaryKey: { Region: 'us-east-1' },
      ReplicaKeys: [{ Region: 'us-west-2' }],
    });
  });

  it('calls an EXTERNAL replica enabled too early, then pending import, then enabled once CCKM has imported', async () => {
    const { makeKey, replicate, getKey, pass } = await start({ earlyEnabledMs: 2000, autoImportMs: 5000 });
    const key = await makeKey({ origin: 'EXTERNAL' });
    const { body } = await replicate(key.id, 'us-west-2');
    const states = [];
    for (const ms of [600, 1500, 4000]) {
      pass(ms);
      states.push((await getKey(body.id)).aws_param.KeyState);
    }
    expect(states).toEqual(['Enabled', 'PendingImport', 'Enabled']);
  });

  it('leaves an EXTERNAL replica pending import until somebody imports the same material, when CCKM does not', async () => {
    const { makeKey, replicate, getKey, pass, aws } = await start({ autoImport: 'off', earlyEnabledMs: 0 });
    const key = await makeKey({ origin: 'EXTERNAL' });
    const { local_key_id: source } = await getKey(key.id);
    const { body } = await replicate(key.id, 'us-west-2');
    const importFrom = (from: string) =>
      aws('POST', `/keys/${body.id}/import-material`, { source_key_identifier: from, key_expiration: false });
    expect((await importFrom(source)).body.message).toContain('is creating');
    pass(60_000);
    expect((await getKey(body.id)).aws_param.KeyState).toBe('PendingImport');
    expect((await importFrom('another')).body.message).toContain('IncorrectKeyMaterialException');
    pass(2000);
    expect((await importFrom(source)).status).toBe(200);
    expect((await getKey(body.id)).aws_param.KeyState).toBe('Enabled');
  });

  it('gives CCKM’s own imports into a Region their turns, one a second', async () => {
    const { makeKeys, replicate, getKey, pass } = await start({
      earlyEnabledMs: 0,
      autoImportMs: 0,
      quotas: { CreateKey: 100, ReplicateKey: 100 },
    });
    const keys = await makeKeys({ origin: 'EXTERNAL', count: 3 });
    const replicas = await Promise.all(keys.map(({ id }) => replicate(id, 'us-west-2')));
    const enabled = async () => {
      const seen = await Promise.all(replicas.map(({ body }) => getKey(body.id)));
      return seen.filter(({ aws_param }) => aws_param.KeyState === 'Enabled').length;
    };
    const counts = [];
    for (const ms of [1000, 1000, 1000]) {
      pass(ms);
      counts.push(await enabled());
    }
    expect(counts).toEqual([1, 2, 3]);
  });

  it('throttles those that find the import quota used up, where they are metered', async () => {
    const { makeKeys, replicate, getKey, aws, pass } = await start({
      ...{ earlyEnabledMs: 0, autoImportMs: 0, autoImport: 'metered', creatingMs: { min: 0, max: 0 } },
      quotas: { CreateKey: 100, ReplicateKey: 100, GetParametersForImport: 2 },
    });
    const keys = await makeKeys({ origin: 'EXTERNAL', count: 4 });
    const made = async (from: number, to: number) => {
      const replicas = await Promise.all(keys.slice(from, to).map(({ id }) => replicate(id, 'us-west-2')));
      pass(500);
      return Promise.all(replicas.map(({ body }) => getKey(body.id)));
    };
    const first = await made(0, 3);
    expect(first.map(({ aws_param }) => aws_param.KeyState).sort()).toEqual(['Enabled', 'Enabled', 'PendingImport']);
    const late = first.find(({ aws_param }) => aws_param.KeyState === 'PendingImport');
    const records = await aws('GET', `/keys/${late?.id}/rotations`);
    expect(JSON.stringify(records.body)).toContain('ThrottlingException');
    const [next] = await made(3, 4);
    expect(next?.aws_param.KeyState).toBe('Enabled');
  });

  it.each([
    ['a replica that is there', { replicas: [{ region: 'us-west-2' }] }, 'AlreadyExistsException'],
    [
      'a replica that waits for its deletion',
      { replicas: [{ region: 'us-west-2', state: 'PendingDeletion' }] },
      'AlreadyExistsException',
    ],
    ['a disabled primary', { state: 'Disabled' }, 'DisabledException'],
    ['a primary that waits for its deletion', { state: 'PendingDeletion' }, 'is pending deletion'],
    ['a primary without its material', { origin: 'EXTERNAL', state: 'PendingImport' }, 'is pending import'],
    ['a single-Region key', { multiRegion: false }, 'UnsupportedOperationException'],
  ])('is refused for %s with AWS’s error in CCKM’s 400', async (_what, group, error) => {
    const { makeKey, replicate } = await start();
    const { status, body } = await replicate((await makeKey(group)).id, 'us-west-2');
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 15, codeDesc: 'NCERRBadRequest: Bad HTTP request' });
    expect(body.message).toContain('Error Replicating AWS Key : ');
    expect(body.message).toContain(error);
  });

  it('is refused when called on a replica', async () => {
    const { makeKey, replicate } = await start();
    const { body } = await replicate((await makeKey()).id, 'us-west-2');
    expect((await replicate(String(body.id), 'eu-west-1')).body.message).toContain('is not a multi-Region primary key');
  });

  it('makes no second replica when the answer to the first was lost', async () => {
    const { makeKey, replicate, control } = await start();
    const key = await makeKey();
    await control('POST', '/faults', { operation: 'replicate-key', nth: 1, effect: { dropAfter: true } });
    await expect(replicate(key.id, 'us-west-2')).rejects.toThrow();
    expect((await replicate(key.id, 'us-west-2')).body.message).toContain('AlreadyExistsException');
  });

  it('leaves the replica there when only its alias is refused', async () => {
    const { makeKey, replicate, aws } = await start();
    await makeKey({ region: 'us-west-2', aliasPrefix: 'alias/taken' });
    const key = await makeKey();
    const { status } = await replicate(key.id, 'us-west-2', { aws_param: { Alias: 'taken-001' } });
    expect(status).toBe(400);
    expect((await aws('GET', `/keys?keyid=${key.mrk}&region=us-west-2`)).body.total).toBe(1);
  });

  it('takes only one way to say who may use the key', async () => {
    const { makeKey, replicate } = await start();
    const { status, body } = await replicate((await makeKey()).id, 'us-west-2', {
      policytemplate: 'some-template',
      key_users: ['alice'],
    });
    expect(status).toBe(400);
    expect(body.codeDesc).toMatch(/^NCERRInvalidParamValue/);
  });

  it('does not take the vendor example’s ReplicaRegion, unless it is told to', async () => {
    const { makeKey, aws, control } = await start();
    const key = await makeKey();
    const send = () => aws('POST', `/keys/${key.id}/replicate-key`, { ReplicaRegion: 'us-west-2' });
    expect((await send()).status).toBe(400);
    await control('PATCH', '/settings', { strictReplicaRegion: false });
    expect((await send()).status).toBe(201);
  });
});
