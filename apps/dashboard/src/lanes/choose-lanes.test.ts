import type { LaneView } from '@keyferry/core';
import { describe, expect, it } from 'vitest';
import { choiceOf, chooseLanes } from './choose-lanes.ts';

const lane = (region: string, fields: Partial<LaneView> = {}): LaneView => ({
  id: `111122223333:${region}:CreateKey`,
  account: '111122223333',
  region,
  operation: 'CreateKey',
  quota_per_second: 5,
  effective_per_second: 4.5,
  in_flight: 0,
  pending: 0,
  throttled_total: 0,
  circuit: 'closed',
  default_quota_per_second: 5,
  rate_factor: 1,
  circuit_since: null,
  circuit_reason: null,
  ...fields,
});

const lanes = [
  lane('ap-south-1'),
  lane('eu-west-1', { pending: 10, rate_factor: 0.5 }),
  lane('us-east-1', { pending: 20, throttled_total: 3 }),
  lane('us-west-2', { circuit: 'open' }),
  lane('sa-east-1', { circuit: 'half_open' }),
];
const regionsOf = (address: string) =>
  chooseLanes(lanes, choiceOf(new URLSearchParams(address))).map(({ region }) => region);

describe('the lanes of an address', () => {
  it.each([
    ['those in trouble first', '', ['us-west-2', 'sa-east-1', 'eu-west-1', 'us-east-1', 'ap-south-1']],
    ['those in trouble alone', 'show=trouble', ['us-west-2', 'sa-east-1', 'eu-west-1']],
    ['those whose circuit is not closed', 'show=circuits', ['us-west-2', 'sa-east-1']],
    ['those with work, the most first', 'show=work&sort=pending', ['us-east-1', 'eu-west-1']],
    ['by text, in whatever case', 'q=US-&sort=lane', ['us-east-1', 'us-west-2']],
    ['by throttles', 'sort=throttled&q=us-', ['us-east-1', 'us-west-2']],
    ['of an operation that there is none of', 'operation=ReplicateKey', []],
    ['as if it said nothing where it says nonsense', 'show=x&sort=y&q=ap', ['ap-south-1']],
  ])('%s', (_what, address, expected) => {
    expect(regionsOf(address)).toEqual(expected);
  });
});
