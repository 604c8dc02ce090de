import { expect, it } from 'vitest';
import { newKey, newReplicaKey } from '../../../../test/models/keys/new-key.ts';
import type { Selector } from '../plan/spec.ts';
import type { CckmKey } from './cckm-key.ts';
import { keySelection } from './matches-selector.ts';

const takes = (selector: Selector, key: CckmKey, members: CckmKey[] = [key]) =>
  keySelection(selector).select(key, members);

it('a selector takes primaries that match all of it', () => {
  const key = newKey({ aliases: ['alias/old', 'alias/prod-pay'], tags: [{ key: 'tier', value: '1' }] });
  expect(takes({ alias: 'alias/prod-*', tags: { tier: '1' }, region: 'us-east-1' }, key)).toEqual({
    alias: 'alias/prod-pay',
  });
  expect(takes({ account: '111122223333', origin: 'AWS_KMS' }, key)).toEqual({ alias: 'alias/old' });
  expect(takes({ alias: 'alias/prod-*', tags: { tier: '2' } }, key)).toBeNull();
  expect(takes({ alias: 'alias/prod' }, key)).toBeNull();
  expect(takes({ account: '111122223333' }, newReplicaKey())).toBeNull();
  expect(takes({ account: '111122223333' }, newKey({ gone: true }))).toBeNull();
});

it('a selector takes keys by the policy template that they were made with', () => {
  const key = newKey({ tags: [{ key: 'cckm_policy_template_id', value: 't1' }] });
  expect(takes({ policy_template: 't1' }, key)).not.toBeNull();
  expect(takes({ policy_template: 't2' }, key)).toBeNull();
});

it('a selector takes keys that lack a replica in at least one of the Regions that it names', () => {
  const missing_in = ['us-east-1', 'eu-west-1', 'us-west-2'];
  const key = newKey();
  const ireland = newReplicaKey();
  const oregon = newReplicaKey({ id: 'oregon', region: 'us-west-2' });
  expect(takes({ missing_in }, key, [key, ireland])).not.toBeNull();
  expect(takes({ missing_in }, key, [key, ireland, oregon])).toBeNull();
  // What is being deleted will be missing, and its row says so.
  expect(takes({ missing_in }, key, [key, ireland, { ...oregon, keyState: 'PendingDeletion' }])).not.toBeNull();
  expect(takes({ missing_in }, key, [key, ireland, { ...oregon, gone: true }])).not.toBeNull();
  const group = (account: string | null) => (account === key.account ? ['eu-west-1'] : ['us-west-2']);
  const near = keySelection({ missing_in: ['group:near'] }, (_entry, account) => group(account));
  expect(near.select(key, [key, ireland])).toBeNull();
  expect(near.select(newKey({ account: '444455556666' }), [key, ireland])).not.toBeNull();
});
