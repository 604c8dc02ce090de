import { expect, test } from 'vitest';
import { abridge } from './abridge.ts';

test('policies and long lists are folded, wherever they stand', () => {
  const keys = Array.from({ length: 1_020 }, (_, i) => `mrk-${i}`);
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow' }] };
  const spec = { keys, overrides: [{ replica: { aws_param: { Policy: policy, Alias: 'x' } } }] };
  const { value, cut } = abridge(spec);
  expect(cut).toBe(true);
  expect(value).toEqual({
    keys: [...keys.slice(0, 20), '… 1,000 more'],
    overrides: [{ replica: { aws_param: { Policy: '… 57 characters of policy', Alias: 'x' } } }],
  });
});

test('a short plan is left as it is', () => {
  const spec = { name: 'x', keys: ['a'], options: { windows: [], start_at: null } };
  expect(abridge(spec)).toEqual({ value: spec, cut: false });
});
