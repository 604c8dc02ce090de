import type { PlanView, ReplicaView } from '@keyferry/core';
import { describe, expect, it } from 'vitest';
import { groupReplicas } from './group-replicas.ts';
import { previewText, summaryText } from './preview-text.ts';

const row = (key: number, region: string, more: Partial<ReplicaView> = {}): ReplicaView =>
  ({
    key_id: `id-${key}`,
    key_arn: `arn:aws:kms:us-east-1:111122223333:key/mrk-${key}`,
    alias: `alias/pay-${String(key).padStart(4, '0')}`,
    account: '111122223333',
    primary_region: 'us-east-1',
    region,
    state: 'pending',
    error: null,
    ...more,
  }) as ReplicaView;
const regions = ['us-west-2', 'eu-west-1', 'ap-southeast-2'];
const everywhere = (keys: number, more: Partial<ReplicaView> = {}, from = 0) =>
  Array.from({ length: keys }, (_, i) => regions.map((region) => row(from + i, region, more))).flat();
const plan = (options: Record<string, unknown> = {}, window: PlanView['window'] = null): PlanView => {
  const known = { id: 'the-id', name: 'drill', operation: 'replicate', lower_bound_seconds: 200 } as const;
  return { ...known, spec: { options }, window } as unknown as PlanView;
};
const shown = async (rows: ReplicaView[], { all = false, options = {} } = {}) =>
  previewText(plan(options), await groupReplicas(rows), all);

describe('a preview for a person', () => {
  it('of a promotion speaks of moving primaries, and creates nothing', async () => {
    const moved: PlanView = { ...plan(), operation: 'promote' };
    const rows = [row(1, 'eu-west-1'), row(2, 'eu-west-1', { state: 'already_present' })];
    const text = previewText(moved, await groupReplicas(rows), false);
    expect(text).toContain('No primary was moved.');
    expect(text).toContain('promote: 1 replica of 1 key');
    expect(text).toContain('primary already: 1 replica of 1 key');
    expect(text).not.toMatch(/creat|already present/);
  });

  it('of a thousand keys and three Regions is read at a glance, and loses none of them in its sums', async () => {
    const error = { code: 'key_disabled', message: 'The primary is Disabled.' } as ReplicaView['error'];
    const text = await shown([...everywhere(990), ...everywhere(10, { state: 'blocked', error }, 990)]);
    expect(text.split('\n').length).toBeLessThan(45);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(text).toContain('Preview of drill: 1,000 keys into 3 Regions. Nothing was created.');
    expect(text).toContain('+ create: 2,970 replicas of 990 keys');
    expect(text).toContain('! blocked: 30 replicas of 10 keys');
    expect(text).toContain('    … 980 more');
    expect(text).toContain('--all shows every key');
  });

  it('has a line for every key with --all', async () => {
    const text = await shown(everywhere(300), { all: true });
    expect(text.match(/^ {4}\+ alias\/pay-\d{4}$/gm)).toHaveLength(300);
    expect(text).not.toContain('more');
  });

  it('names the line of the manifest for what is blocked', async () => {
    const error = { code: 'unknown_key', message: 'CCKM lists no such key.' } as ReplicaView['error'];
    const text = await shown([row(1, 'us-west-2', { state: 'blocked', error, manifest_line: 17 })]);
    expect(text).toContain('! alias/pay-0001 (line 17)');
  });

  it('gives the cause and the fix of blocked rows', async () => {
    const error = { code: 'key_disabled', message: 'The primary is Disabled. Enable the primary, then retry.' };
    const text = await shown([row(1, 'us-west-2', { state: 'blocked', error: error as ReplicaView['error'] })]);
    expect(text).toContain(
      [
        '! blocked: 1 replica of 1 key',
        '  key_disabled: The primary is disabled.',
        '  111122223333 us-east-1 → us-west-2',
        '    ! alias/pay-0001',
        '  The primary is Disabled.',
        '  do  Enable the primary, then retry.',
      ].join('\n'),
    );
  });

  it('shows an unknown error code with its message', async () => {
    const error = { code: 'of_tomorrow', message: 'Something new.' } as ReplicaView['error'];
    expect(await shown([row(1, 'us-west-2', { state: 'blocked', error })])).toContain('  of_tomorrow: Something new.');
  });

  it('shows once how existing replicas differ from the plan', async () => {
    const diff = [{ field: 'description' as const, wanted: 'Disaster recovery', present: '' }];
    const text = await shown([...everywhere(3, { state: 'already_present', diff }), row(9, 'us-west-2')]);
    expect(text.match(/ {2}~ description: \(none\) → the plan has Disaster recovery/g)).toHaveLength(1);
    expect(text).toContain('= already present, but different from the plan: 9 replicas of 3 keys');
  });

  it('shows tags as key=value', async () => {
    const wanted = [
      { TagKey: 'tier', TagValue: '1' },
      { TagKey: 'managed-by', TagValue: 'keyferry' },
    ];
    const diff = [{ field: 'tags' as const, wanted, present: [] }];
    const text = await shown([row(1, 'us-west-2', { state: 'already_present', diff })]);
    expect(text).toContain('  ~ tags: (none) → the plan has tier=1, managed-by=keyferry');
  });

  it('shows what waits, and for what', async () => {
    const warnings = [{ code: 'in_flight_elsewhere', message: 'Another plan has this key and Region in flight.' }];
    const rows = [...everywhere(2), row(7, 'us-west-2', { warnings })];
    const text = await shown(rows, { options: { region_order: 'sequential', start_at: '2026-12-06T01:00:00Z' } });
    expect(text).toContain('· waits: 1 replica of 1 key\n  Another plan has this key and Region in flight.');
    expect(text).toContain('· waits: nothing starts before 2026-12-06T01:00:00Z');
    expect(text).toContain('· waits: one Region after another: us-west-2, then eu-west-1, then ap-southeast-2');
  });
});

describe('a maintenance window', () => {
  const window = { open: false, opens_at: '2026-12-04T21:00:00.000Z', closes_at: '2026-12-05T05:00:00.000Z' };

  it('is shown: when it opens, when it closes, and that it is too short', async () => {
    const grouped = await groupReplicas([row(1, 'us-west-2')]);
    expect(previewText(plan({}, window), grouped, false)).toContain(`the next one opens at ${window.opens_at}`);
    expect(previewText(plan({}, { ...window, open: true }), grouped, false)).toContain(
      `this one closes at ${window.closes_at}`,
    );
    const last = (fits: boolean) =>
      summaryText(plan(), grouped, { expectedSeconds: 260, window: { ...window, fits }, monthlyCost: null });
    expect(last(false)).toContain(`Its window closes at ${window.closes_at}: the rest continues in the next.`);
    expect(last(true)).not.toContain('window');
  });
});

describe('its last lines', () => {
  const summary = async (rows: ReplicaView[], more = { expectedSeconds: null, monthlyCost: null } as object) =>
    summaryText(plan(), await groupReplicas(rows), { expectedSeconds: null, window: null, monthlyCost: null, ...more });

  it('say how much is to be done, how long it takes, what it costs, and how to run exactly this', async () => {
    const rows = [...everywhere(7), ...everywhere(1, { state: 'already_present' }, 8)];
    expect(await summary(rows, { expectedSeconds: 260, monthlyCost: '$21.00' })).toBe(
      [
        'Plan: 21 to create, 3 already present.',
        'At least 3 min 20 s at the AWS quotas, about 4 min 20 s expected. $21.00 a month for the new replicas.',
        '',
        'Run this plan: keyferry plan execute the-id',
      ].join('\n'),
    );
  });

  it('say that there is nothing to do', async () => {
    expect(await summary(everywhere(2, { state: 'already_present' }))).toContain('Nothing to create.');
  });
});
