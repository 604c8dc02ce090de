import { expect, it } from 'vitest';
import { newKey } from '../../../../test/models/keys/new-key.ts';
import { primarySettings } from './primary-settings.ts';
import { namedTagsOnly } from './tag-rules.ts';

it('a primary hands on what it is meant to have, and nothing that others have put on it', () => {
  const key = newKey({
    aliases: ['alias/pay-rotated-2026-11-29', 'alias/pay', 'alias/main'],
    tags: ['tier', 'aws:x', 'cckm_policy_template_id', 'c7n-state'].map((name) => ({ key: name, value: 'v' })),
    policy: { Statement: [] },
  });
  expect(primarySettings(key, 'alias/main', { ignore: ['c7n-*'], exact: false })).toEqual({
    Policy: { Statement: [] },
    Tags: [{ TagKey: 'tier', TagValue: 'v' }],
    Aliases: ['main', 'pay'],
    Description: '',
  });
});

it('a policy that CCKM does not show is not one that there is not', () => {
  for (const policy of [null, '', {}, []]) {
    expect(primarySettings(newKey({ policy }), null, namedTagsOnly)).not.toHaveProperty('Policy');
  }
});
