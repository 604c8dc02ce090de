import { describe, expect, it } from 'vitest';
import { checkInput } from '../api/check-input.ts';
import { durationSeconds } from '../time/duration.ts';
import { type RunbookInput, runbookSchema } from './runbook.ts';

const base = {
  name: 'evacuate',
  scenario: 'us-east-1 is to be left.',
  keys: ['alias/payments'],
  regions: ['us-west-2', 'eu-west-1'],
  steps: [{ step: 'preflight' }],
} satisfies RunbookInput;

const errorsOf = (change: object): string[] => {
  const checked = checkInput(runbookSchema, { ...base, ...change });
  return 'errors' in checked ? checked.errors.map(({ path, code }) => `${path}: ${code}`) : [];
};

describe('a runbook', () => {
  it('names its steps by number and kind, and gives each its timeout', () => {
    const { steps } = runbookSchema.parse({
      ...base,
      steps: [
        { step: 'verify', id: 'usable' },
        { step: 'promote', to: 'us-west-2' },
        { step: 'wait', for: '90s' },
      ],
    });
    expect(steps.map(({ id }) => id)).toEqual(['usable', '2-promote', '3-wait']);
    expect(steps[0]).toMatchObject({ timeout: '1h', every: '5s', on_failure: 'stop' });
  });

  it('wants two approvals where it promotes, and none where it only rehearses that', () => {
    const steps = [{ step: 'promote', to: 'us-west-2' } as const];
    expect(runbookSchema.parse({ ...base, steps }).approvals).toBe(2);
    expect(runbookSchema.parse({ ...base, steps, mode: 'rehearse' }).approvals).toBe(0);
    expect(runbookSchema.parse(base).approvals).toBe(0);
    expect(errorsOf({ steps, approvals: 1 })).toEqual(['approvals: too_few_approvals']);
  });

  it('names a placeholder that nothing stands for', () => {
    const errors = errorsOf({ replica: { aws_param: { Alias: 'dr/{key}' } } });
    expect(errors).toContainEqual(expect.stringMatching(/^replica\.aws_param\.Alias: /));
  });

  it.each([
    ['keys in two ways', { selector: { alias: 'x' } }, 'selector: mutually_exclusive'],
    ['Regions of two partitions', { regions: ['us-west-2', 'cn-north-1'] }, 'regions: other_partition'],
    ['a target that is lost', { lost_regions: ['us-west-2'] }, 'lost_regions[0]: lost_target'],
    ['a Region that is not its own', { steps: [{ step: 'promote', to: 'us-east-1' }] }, 'steps[0].to: other_region'],
    [
      'the same of a check',
      { steps: [{ step: 'verify', regions: ['us-east-1'] }] },
      'steps[0].regions[0]: other_region',
    ],
    ['a failback of nothing', { steps: [{ step: 'failback' }] }, 'steps[0].step: nothing_promoted'],
    [
      'an id twice',
      {
        steps: [
          { step: 'preflight', id: 'a' },
          { step: 'verify', id: 'a' },
        ],
      },
      'steps[1].id: repeated_id',
    ],
    ['fewer approvers than approvals', { approvals: 2, approvers: ['anna'] }, 'approvers: too_few_approvers'],
    [
      'a body for GET',
      { steps: [{ step: 'http', url: 'https://a.example', body: 'x' }] },
      'steps[0].body: unused_body',
    ],
    [
      'a secret in a header',
      { steps: [{ step: 'http', url: 'https://a.example', headers: { Authorization: 'Bearer x' } }] },
      'steps[0].headers.Authorization: refused_header',
    ],
    [
      'a field of another step',
      { steps: [{ step: 'wait', for: '3m', to: 'us-west-2' }] },
      'steps[0].to: unknown_field',
    ],
    ['a duration without its unit', { targets: { rto: '30' } }, 'targets.rto: invalid_format'],
  ])('is refused for %s', (_, change, error) => {
    expect(errorsOf(change)).toContain(error);
  });

  it('leaves to the API what only Region groups can tell', () => {
    expect(errorsOf({ regions: ['group:eu'], steps: [{ step: 'verify', regions: ['eu-west-1'] }] })).toEqual([]);
  });

  it('measures time in whole seconds', () => {
    expect(['90s', '30m', '4h', '2d', 0].map((text) => durationSeconds(text as '90s'))).toEqual([
      90, 1_800, 14_400, 172_800, 0,
    ]);
  });
});
