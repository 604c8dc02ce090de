import { afterEach, describe, expect, it } from 'vitest';
import { startForTest, type TestSimulator } from '../../../../test/harness/start-simulation.ts';

let simulator: TestSimulator;
afterEach(() => simulator.stop());

describe('changing a key', () => {
  it('waits with the deletion of a primary for its replicas, and ends a cancelled one disabled', async () => {
    simulator = await startForTest();
    const { id } = await simulator.makeKey({ replicas: [{ region: 'us-west-2' }] });
    const act = async (action: string, body?: object) => {
      await simulator.aws('POST', `/keys/${id}/${action}`, body);
      return (await simulator.getKey(id)).aws_param.KeyState;
    };
    expect(await act('schedule-deletion', { days: 7 })).toBe('PendingReplicaDeletion');
    expect(await act('enable')).toBe('PendingReplicaDeletion');
    expect(await act('cancel-deletion')).toBe('Disabled');
    expect(await act('enable')).toBe('Enabled');
  });

  it('adds and removes aliases and tags', async () => {
    simulator = await startForTest();
    const { id } = await simulator.makeKey();
    const post = (action: string, body: object) => simulator.aws('POST', `/keys/${id}/${action}`, body);
    await post('add-alias', { alias: 'one' });
    await post('add-alias', { alias: 'two' });
    await post('delete-alias', { alias: 'one' });
    await post('add-tags', {
      tags: [
        { tag_key: 'tier', tag_value: '1' },
        { tag_key: 'team', tag_value: 'pay' },
      ],
    });
    await post('remove-tags', { tags: ['team'] });
    expect((await simulator.getKey(id)).aws_param).toMatchObject({
      Alias: ['alias/two'],
      Tags: [{ TagKey: 'tier', TagValue: '1' }],
    });
  });

  it('can be making one: native, uploaded, or by a policy template of the same account', async () => {
    simulator = await startForTest();
    await simulator.makeKey({ account: '444455556666' });
    await simulator.makeKey();
    const { aws } = simulator;
    const where = { kms: 'aws-111122223333', region: 'us-east-1' };
    const template = (
      await aws('POST', '/templates', { name: 'plain', account_id: '111122223333', policy: { Version: '2012-10-17' } })
    ).body;
    const made = await aws('POST', '/keys', {
      ...where,
      aws_param: { Alias: 'new', MultiRegion: true },
      policytemplate: template.id,
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      aws_param: { KeyState: 'Enabled', MultiRegion: true, Policy: { Version: '2012-10-17' } },
    });
    expect((await aws('GET', `/templates/${template.id}`)).body.is_verified).toBe(true);
    const foreign = { kms: 'aws-444455556666', region: 'us-east-1', policytemplate: template.id };
    expect((await aws('POST', '/keys', foreign)).status).toBe(400);
    const uploaded = await aws('POST', '/upload-key', { ...where, source_key_identifier: 'source' });
    expect(uploaded.body).toMatchObject({
      local_key_id: 'source',
      aws_param: { Origin: 'EXTERNAL', KeyState: 'Enabled' },
    });
  });
});
