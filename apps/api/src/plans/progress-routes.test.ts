import {
  everywhere,
  failuresViewSchema,
  matrixBucketsViewSchema,
  matrixViewSchema,
  planSpecSchema,
  type ReplicaErrorView,
  throughputViewSchema,
} from '@keyferry/core';
import {
  finishResolving,
  insertPlan,
  insertReplicas,
  inTheNameOf,
  type ResolvedReplica,
  registerWorker,
  retryReplicas,
  setLaneQuota,
} from '@keyferry/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { movePlan } from '../../../../test/models/plans/move-plan.ts';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startForTest();
}, 120_000);
afterAll(() => api?.stop());

const ask = async (path: string) => (await api.ask(adminToken, 'GET', `/v1/plans/${path}`)).json;
const denied: ReplicaErrorView = {
  code: 'access_denied',
  message: 'User is not authorized.',
  http_status: 400,
  retryable: false,
  provider_code: 'AccessDeniedException',
};

/** A plan with these rows, resolved; the first Region of `regions` is its first wave. */
async function newPlan(rows: (Partial<ResolvedReplica> & { key_id: string })[], regions: string[]): Promise<string> {
  const spec = planSpecSchema.parse({ name: 'drill', keys: ['mrk-1'], regions });
  const { planId } = await insertPlan(api.store, {
    spec,
    scope: everywhere,

    createdBy: 'anna',
    idempotency: null,
  });
  const resolved = rows.map((row) => newResolved({ ...row, wave: regions.indexOf(row.region ?? '') }));
  await insertReplicas(api.store, planId, resolved);
  await finishResolving(api.store, planId, { preview: false, lowerBoundSeconds: 1 });
  return planId;
}

/** Moves rows through states, as workers would. */
async function move(planId: string, keyId: string, region: string, ...states: string[]): Promise<void> {
  for (const state of states) {
    await api.store.prisma.$executeRaw`
      UPDATE replicas SET state = ${state}::replica_state
      WHERE plan_id = ${planId}::uuid AND key_id = ${keyId} AND region = ${region}`;
  }
}
async function fail(planId: string, keyId: string, region: string, at: Date): Promise<void> {
  await move(planId, keyId, region, 'queued', 'replicating', 'failed');
  await api.store.prisma.$executeRaw`
    UPDATE replicas SET failed_at = ${at}, error = ${JSON.stringify(denied)}::jsonb
    WHERE plan_id = ${planId}::uuid AND key_id = ${keyId} AND region = ${region}`;
}

describe('the matrix of a plan', () => {
  const regions = ['us-west-2', 'eu-west-1'];
  let id: string;
  beforeAll(async () => {
    const key = (keyId: string, account: string, alias: string | null) =>
      regions.map((region) => ({ key_id: keyId, account, alias, region }));
    id = await newPlan(
      [
        {
          key_id: 'no-such-key',
          account: '',
          primary_region: '',
          region: 'us-west-2',
          state: 'blocked',
          error: denied,
        },
        ...key('k-4', '222233334444', 'alias/a'),
        ...key('k-3', '111122223333', null),
        ...key('k-2', '111122223333', 'alias/Ledger'),
        ...key('k-1', '111122223333', 'alias/payments'),
        { key_id: 'k-5', account: '222233334444', alias: 'alias/b', region: 'eu-west-1', state: 'already_present' },
      ],
      regions,
    );
    await move(id, 'k-1', 'us-west-2', 'queued', 'replicating', 'creating', 'succeeded');
    await fail(id, 'k-1', 'eu-west-1', new Date());
    await move(id, 'k-3', 'eu-west-1', 'queued');
  });
  const keysOf = (page: { items: { key_id: string }[] }) => page.items.map(({ key_id }) => key_id);

  it('shows keys by account and alias, in the Regions of the plan, a letter a replica', async () => {
    const view = await ask(`${id}/matrix`);
    expect(matrixViewSchema.parse(view)).toEqual({
      regions,
      keys: 6,
      items: [
        ['k-2', 'alias/Ledger', 'pp'],
        ['k-1', 'alias/payments', 'SF'],
        ['k-3', null, 'pq'],
        ['k-4', 'alias/a', 'pp'],
        ['k-5', 'alias/b', '.A'],
        ['no-such-key', null, 'B.'],
      ].map(([key_id, alias, cells], index) => ({
        index,
        key_id,
        alias,
        account: index < 3 ? '111122223333' : index < 5 ? '222233334444' : null,
        primary_region: index < 5 ? 'us-east-1' : null,
        cells,
      })),
      next_cursor: null,
    });
  });

  it('is paged by cursor and from any place', async () => {
    const first = await ask(`${id}/matrix?limit=4`);
    expect([keysOf(first), first.keys]).toEqual([['k-2', 'k-1', 'k-3', 'k-4'], 6]);
    const second = await ask(`${id}/matrix?limit=4&cursor=${first.next_cursor}`);
    expect([keysOf(second), second.next_cursor]).toEqual([['k-5', 'no-such-key'], null]);
    expect(keysOf(await ask(`${id}/matrix?limit=2&offset=3`))).toEqual(['k-4', 'k-5']);
    expect(await ask(`${id}/matrix?offset=6`)).toMatchObject({ keys: 6, items: [], next_cursor: null });
  });

  it.each([
    ['state=failed', ['k-1']],
    ['state=pending', ['k-2', 'k-3', 'k-4']],
    ['state=pending&region=eu-west-1', ['k-2', 'k-4']],
    ['region=us-west-2', ['k-2', 'k-1', 'k-3', 'k-4', 'no-such-key']],
    ['q=LEDGER', ['k-2']],
    ['q=2222', ['k-2', 'k-1', 'k-3', 'k-4', 'k-5']],
    ['q=k-3&state=queued', ['k-3']],
    ['q=100%25', []],
  ])('shows the keys that a filter lets through: %s', async (query, keys) => {
    const view = await ask(`${id}/matrix?${query}`);
    expect([keysOf(view), view.keys]).toEqual([keys, keys.length]);
    const paged: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await ask(`${id}/matrix?${query}&limit=2${cursor}`);
      paged.push(...keysOf(page));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    expect(paged).toEqual(keys);
    expect(keysOf(await ask(`${id}/matrix?${query}&limit=2&offset=1`))).toEqual(keys.slice(1, 3));
  });

  it('is counted in slices of keys that are as long as each other', async () => {
    const view = matrixBucketsViewSchema.parse(await ask(`${id}/matrix?buckets=4`));
    expect(view).toEqual({
      regions,
      keys: 6,
      buckets: [
        {
          from: 0,
          keys: 2,
          counts: [
            { p: 1, S: 1 },
            { p: 1, F: 1 },
          ],
        },
        { from: 2, keys: 2, counts: [{ p: 2 }, { q: 1, p: 1 }] },
        { from: 4, keys: 2, counts: [{ B: 1 }, { A: 1 }] },
      ],
    });
    const each = await ask(`${id}/matrix?buckets=500`);
    expect(each.buckets).toHaveLength(6);
  });

  it('keeps its order when the plan is checked again, and leads to its replicas', async () => {
    await movePlan(api.store, id, 'resolving');
    expect(await ask(`${id}/matrix`)).toMatchObject({
      status: 409,
      detail: expect.stringContaining('still resolving'),
    });
    await finishResolving(api.store, id, { preview: false, lowerBoundSeconds: 1 });
    expect((await ask(`${id}/matrix`)).keys).toBe(6);
    const { items } = await ask(`${id}/replicas?key=k-1&region=eu-west-1`);
    expect(items).toMatchObject([{ key_id: 'k-1', region: 'eu-west-1', state: 'failed' }]);
    expect((await ask(`${id}/replicas?key=mrk-k-1`)).items).toHaveLength(2);
  });

  it.each([
    ['buckets=10&state=failed', ['state']],
    ['buckets=10&cursor=3&q=x', ['cursor', 'q']],
    ['cursor=3&offset=3', ['offset']],
    ['limit=1001&buckets=0&state=lost&offset=-1', ['limit', 'offset', 'state', 'buckets']],
  ])('is refused with all that is wrong: %s', async (query, paths) => {
    const { status, errors } = await ask(`${id}/matrix?${query}`);
    expect([status, errors.map(({ path }: { path: string }) => path)]).toEqual([422, paths]);
  });
});

describe('the throughput of a plan', () => {
  it('is counted by slices of time from its start, beside what the quotas allow', async () => {
    const keys = ['a', 'b', 'c', 'd'];
    const id = await newPlan(
      keys.map((keyId) => ({ key_id: keyId, region: 'eu-west-1' })),
      ['eu-west-1'],
    );
    const before = await ask(`${id}/throughput`);
    expect(throughputViewSchema.parse(before)).toMatchObject({ started_at: null, until: null, accepted: [] });

    const started = new Date('2026-11-24T01:00:00Z');
    const after = (seconds: number) => new Date(started.getTime() + seconds * 1_000);
    await api.store.prisma.plan.update({
      where: { id },
      data: { startedAt: started, finishedAt: after(240) },
    });
    await movePlan(api.store, id, 'completed_with_failures');
    for (const [key, accepted, usable] of [
      ['a', 0, 59],
      ['b', 60, 120],
      ['c', 61, 240],
    ] as const) {
      await move(id, key, 'eu-west-1', 'queued', 'replicating', 'creating', 'succeeded');
      await api.store.prisma.replica.updateMany({
        where: { planId: id, keyId: key },
        data: { acceptedAt: after(accepted), usableAt: after(usable) },
      });
    }
    await fail(id, 'd', 'eu-west-1', after(100));

    expect(throughputViewSchema.parse(await ask(`${id}/throughput?points=5`))).toEqual({
      started_at: started.toISOString(),
      until: after(240).toISOString(),
      slice_seconds: 60,
      // CreateKey takes five requests a second, and a replica is two.
      quota_per_second: 2.5,
      effective_per_second: 2.25,
      accepted: [1, 2, 0, 0, 0],
      usable: [1, 0, 1, 0, 1],
      failed: [0, 1, 0, 0, 0],
      // Nothing is in the attempt log here: the first call is taken for its outcome.
      run: {
        first_call_at: started.toISOString(),
        last_outcome_at: after(240).toISOString(),
        seconds: 240,
        accepted: 3,
        per_second: 0.01,
      },
      retries: { repeated_calls: 0, commands: [] },
    });

    await retryReplicas(api.store, id, {}, 'anna');
    await api.store.prisma.$executeRaw`
      INSERT INTO lanes (account, region, operation, rate_factor, quota_per_second)
      VALUES ('111122223333', 'eu-west-1', 'CreateKey', 0.5, 8)`;
    const again = await ask(`${id}/throughput?points=6`);
    expect(again).toMatchObject({ quota_per_second: 4, effective_per_second: 1.8 });
    expect(again.failed.reduce((sum: number, count: number) => sum + count, 0)).toBe(0);
    expect(again.accepted).toHaveLength(again.failed.length);
    expect(again.accepted.length).toBeLessThanOrEqual(6);
  });
});

describe('the time left of a plan', () => {
  it('is what the quotas allow until enough is measured, then at the rate since the first of the last calls', async () => {
    const keys = Array.from({ length: 30 }, (_, n) => `k-${n}`);
    const rows = keys.map((keyId) => ({ key_id: keyId, account: '444455556666', region: 'eu-west-1' }));
    const id = await newPlan(rows, ['eu-west-1']);
    await registerWorker(api.store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
    await movePlan(api.store, id, 'running');
    await api.store.prisma.plan.update({ where: { id }, data: { startedAt: new Date(Date.now() - 3_600_000) } });
    const accept = async (keyId: string | undefined, secondsAgo: number) => {
      await move(id, keyId ?? '', 'eu-west-1', 'queued', 'replicating', 'creating');
      const acceptedAt = new Date(Date.now() - secondsAgo * 1_000);
      await api.store.prisma.replica.updateMany({ where: { planId: id, keyId: keyId ?? '' }, data: { acceptedAt } });
    };
    const eta = async (): Promise<number> => (await ask(id)).eta_seconds;
    for (const keyId of keys.slice(0, 9)) await accept(keyId, 1);
    // The plan takes a second by its quotas, and 21 of 30 replicas wait.
    expect(await eta()).toBeCloseTo(0.7, 1);
    await accept(keys[9], 20);
    // Ten in 20 seconds, and 20 to come.
    const measured = await eta();
    expect(measured).toBeGreaterThan(38);
    expect(measured).toBeLessThan(60);
  });
});

describe('the figures of a finished plan', () => {
  it('stay when it is retried and when a quota is changed later; the retry is counted apart', async () => {
    const account = '333344445555';
    const id = await newPlan(
      ['a', 'b'].map((keyId) => ({ key_id: keyId, account, region: 'eu-west-1' })),
      ['eu-west-1'],
    );
    // Answers are kept for a moment: each with other points is read anew.
    let points = 5;
    const figures = async () => throughputViewSchema.parse(await ask(`${id}/throughput?points=${points++}`));
    const succeed = async (keyId: string, at: Date) => {
      await move(id, keyId, 'eu-west-1', 'queued', 'replicating', 'creating', 'succeeded');
      const data = { acceptedAt: at, usableAt: at, attempts: 1 };
      await api.store.prisma.replica.updateMany({ where: { planId: id, keyId }, data });
    };
    const finished = async (state: 'succeeded' | 'completed_with_failures') => {
      await movePlan(api.store, id, state);
      await api.store.prisma.plan.update({ where: { id }, data: { finishedAt: new Date() } });
    };
    await movePlan(api.store, id, 'running');
    await api.store.prisma.plan.update({ where: { id }, data: { startedAt: new Date() } });
    expect((await figures()).run).toBeNull();
    await succeed('a', new Date());
    await fail(id, 'b', 'eu-west-1', new Date());
    await finished('completed_with_failures');
    const first = await figures();
    expect(first).toMatchObject({ quota_per_second: 2.5, run: { accepted: 1 }, retries: { commands: [] } });

    await setLaneQuota(api.store, { account, region: 'eu-west-1', operation: 'CreateKey' }, 20);
    expect(await figures()).toMatchObject({ quota_per_second: 2.5, effective_per_second: 2.25 });
    const own = inTheNameOf(api.store, {
      ...{ caller: 'anna', role: 'operator', token_id: null, request_id: null, action: 'plan.retry' },
    });
    await retryReplicas(own, id, { errorCode: 'access_denied' }, 'anna');
    expect((await figures()).run).toBeNull();
    await succeed('b', new Date(Date.now() + 3_600_000));
    await finished('succeeded');
    const after = await figures();
    expect(after.run).toMatchObject({ accepted: 1, first_call_at: first.run?.first_call_at });
    expect(after.run?.seconds).toBeLessThan(60);
    expect(after.retries?.commands).toMatchObject([
      { by: 'anna', error_code: 'access_denied', region: null, accepted: 1, seconds: expect.any(Number) },
    ]);
    expect(after.retries?.commands[0]?.seconds).toBeGreaterThan(3_000);
    // By now ReplicateKey is the narrower lane.
    expect(after.quota_per_second).toBe(5);
  });
});

describe('the failures of a plan', () => {
  it('that are due to a key are one item for that key, whatever the number of its Regions', async () => {
    const disabled = { ...denied, code: 'key_disabled', message: 'Disabled.' };
    const regions = ['eu-west-1', 'eu-west-2', 'us-west-2'];
    const id = await newPlan(
      [
        ...regions.map((region) => ({
          ...{ key_id: 'k-1', alias: 'alias/payments', region, state: 'blocked' as const, error: disabled },
        })),
        { key_id: 'k-2', region: 'eu-west-1', state: 'blocked', error: disabled },
        {
          key_id: 'no-such-key',
          account: '',
          region: 'eu-west-1',
          state: 'blocked',
          error: { ...denied, code: 'unknown_key' },
        },
        ...regions.map((region) => ({ key_id: 'k-3', region, state: 'blocked' as const, error: denied })),
      ],
      regions,
    );
    const view = failuresViewSchema.parse(await ask(`${id}/failures`));
    expect(view.by_key).toMatchObject([
      {
        code: 'key_disabled',
        key_id: 'k-1',
        alias: 'alias/payments',
        account: '111122223333',
        regions,
        failed: 0,
        blocked: 3,
      },
      { code: 'key_disabled', key_id: 'k-2', alias: null, regions: ['eu-west-1'], blocked: 1 },
      { code: 'unknown_key', key_id: 'no-such-key', account: null, regions: ['eu-west-1'], blocked: 1 },
    ]);
    const example = await ask(`${id}/replicas/${view.by_key?.[0]?.example.replica_id}`);
    expect(example).toMatchObject({ key_id: 'k-1', error: { code: 'key_disabled' } });
  });

  it('are told by code and Region, with what to do, the most frequent first', async () => {
    const limit = { ...denied, code: 'limit_exceeded', message: 'Too many keys.' };
    const accounts = Array.from({ length: 25 }, (_, n) => String(100_000_000_000 + n));
    const id = await newPlan(
      [
        ...accounts.map((account) => ({ key_id: account, account, region: 'eu-west-1', state: 'blocked' as const })),
        { key_id: 'x', region: 'us-west-2', state: 'blocked' as const, error: limit },
        { key_id: 'y', region: 'eu-west-1' },
        { key_id: 'no-such-key', account: '', region: 'us-west-2', state: 'blocked' as const, error: limit },
      ].map((row) => ('error' in row || row.key_id === 'y' ? row : { ...row, error: denied })),
      ['us-west-2', 'eu-west-1'],
    );
    await fail(id, 'y', 'eu-west-1', new Date());
    const view = failuresViewSchema.parse(await ask(`${id}/failures`));
    expect(view).toMatchObject({
      total: 28,
      items: [
        {
          code: 'access_denied',
          region: 'eu-west-1',
          count: 26,
          failed: 1,
          blocked: 25,
          message: 'AWS denied access.',
          what_to_do: expect.stringContaining('kms:ReplicateKey'),
          retryable: false,
          account_count: 26,
          example: { message: 'User is not authorized.' },
        },
        { code: 'limit_exceeded', region: 'us-west-2', count: 2, accounts: ['111122223333'], account_count: 1 },
      ],
    });
    expect(view.items[0]?.accounts).toEqual(accounts.slice(0, 20));
    const example = await ask(`${id}/replicas/${view.items[0]?.example.replica_id}`);
    expect(example).toMatchObject({ region: 'eu-west-1', error: { code: 'access_denied' } });
  });

  it('are counted as they happen, fail for another reason, and are tried again', async () => {
    const id = await newPlan(
      ['a', 'b', 'c'].map((keyId) => ({ key_id: keyId, region: 'eu-west-1' })),
      ['eu-west-1'],
    );
    const counted = async () => {
      const rows = await api.store.prisma.$queryRaw<{ code: string; failed: number; blocked: number }[]>`
        SELECT f.code, f.failed, f.blocked FROM plan_failures f JOIN plan_lanes l ON l.id = f.lane_id
        WHERE l.plan_id = ${id}::uuid AND f.failed + f.blocked <> 0 ORDER BY 1`;
      return rows.map(({ code, failed, blocked }) => `${code} ${failed} ${blocked}`);
    };
    for (const keyId of ['a', 'b', 'c']) await fail(id, keyId, 'eu-west-1', new Date());
    expect(await counted()).toEqual(['access_denied 3 0']);
    await api.store.prisma.$executeRaw`
      UPDATE replicas SET error = jsonb_set(error, '{code}', '"timed_out"') WHERE plan_id = ${id}::uuid AND key_id = 'a'`;
    expect(await counted()).toEqual(['access_denied 2 0', 'timed_out 1 0']);
    await retryReplicas(api.store, id, { errorCode: 'access_denied' }, 'anna');
    expect(await counted()).toEqual(['timed_out 1 0']);
  });
});

describe('the replicas of a plan', () => {
  it('are found by every name of their key', async () => {
    const [mrk, made] = [`mrk-${'7'.repeat(32)}`, '11111111-2222-4333-8444-555555555555'];
    const arn = (region: string) => `arn:aws:kms:${region}:111122223333:key/${mrk}`;
    const key = {
      key_id: 'k-1',
      mrk,
      key_arn: arn('us-east-1'),
      alias: 'alias/one',
      aliases: ['alias/one', 'alias/two'],
    };
    const id = await newPlan(
      [
        { ...key, region: 'us-west-2' },
        { ...key, region: 'eu-west-1', state: 'already_present', replica_key_id: made, replica_arn: arn('eu-west-1') },
        { key_id: 'k-2', alias: 'alias/other', region: 'us-west-2' },
      ],
      ['us-west-2', 'eu-west-1'],
    );
    const found = async (name: string, more = '') => {
      const { items } = await ask(`${id}/replicas?key=${encodeURIComponent(name)}${more}`);
      return items.map((item: { key_id: string; region: string }) => `${item.key_id} ${item.region}`).sort();
    };
    const both = ['k-1 eu-west-1', 'k-1 us-west-2'];
    for (const name of ['k-1', mrk, arn('us-east-1'), 'alias/one', 'alias/two'])
      expect(await found(name)).toEqual(both);
    for (const name of [made, arn('eu-west-1')]) expect(await found(name)).toEqual(['k-1 eu-west-1']);
    for (const name of ['alias/none', arn('sa-east-1'), 'two', '']) expect(await found(name)).toEqual([]);
    expect(await found('alias/two', '&state=pending')).toEqual(['k-1 us-west-2']);
    expect(await found(mrk, '&region=eu-west-1')).toEqual(['k-1 eu-west-1']);
    // While it is made, and before the keys of the plan are listed.
    await move(id, 'k-1', 'us-west-2', 'queued', 'replicating', 'creating');
    await api.store.prisma.$executeRaw`
      UPDATE replicas SET replica_key_id = 'just-made' WHERE plan_id = ${id}::uuid AND key_id = 'k-1' AND state = 'creating'`;
    expect(await found('just-made')).toEqual(['k-1 us-west-2']);
    await api.store.prisma.plan.update({ where: { id }, data: { resolvedAt: null } });
    expect(await found('alias/two')).toEqual(both);
  });

  it('come in one order, page by page, whatever is asked for and whatever state each is in', async () => {
    const regions = ['us-west-2', 'eu-west-1'];
    const keys = Array.from({ length: 12 }, (_, n) => `paged-${n}`);
    const id = await newPlan(
      keys.flatMap((keyId) => regions.map((region) => ({ key_id: keyId, region }))),
      regions,
    );
    for (const [n, keyId] of keys.entries()) {
      if (n % 3 === 0) await move(id, keyId, 'eu-west-1', 'queued', 'replicating', 'creating', 'succeeded');
      if (n % 4 === 0) await fail(id, keyId, 'us-west-2', new Date());
      if (n === 5) await move(id, keyId, 'us-west-2', 'cancelled');
    }
    type Item = { id: string; state: string; region: string; error: { code: string } | null };
    const pages = async (filter: string): Promise<Item[]> => {
      const items: Item[] = [];
      for (let cursor = ''; ; ) {
        const page = await ask(`${id}/replicas?limit=3${filter}${cursor}`);
        items.push(...page.items);
        if (page.next_cursor === null) return items;
        cursor = `&cursor=${page.next_cursor}`;
      }
    };
    const all = await pages('');
    expect(all.map((item) => item.id)).toEqual(all.map((item) => item.id).toSorted());
    expect(new Set(all.map((item) => item.id)).size).toBe(24);
    expect(await pages('&state=succeeded')).toEqual(all.filter(({ state }) => state === 'succeeded'));
    expect(await pages('&region=eu-west-1')).toEqual(all.filter(({ region }) => region === 'eu-west-1'));
    expect(await pages('&region=eu-west-1&state=failed')).toEqual([]);
    expect(await pages('&region=ap-south-1')).toEqual([]);
    expect(await pages('&error_code=access_denied')).toEqual(all.filter(({ error }) => error !== null));
    expect(await pages('&differs=false')).toEqual(all);
  });
});

describe('the list of plans', () => {
  it('takes several states and a part of the name', async () => {
    const name = (text: string) => `${text} of the Autumn`;
    const ids: string[] = [];
    for (const [text, state] of [
      ['one', 'halted'],
      ['two', 'running'],
      ['three', 'paused'],
    ] as const) {
      const id = await newPlan([{ key_id: 'k', region: 'eu-west-1' }], ['eu-west-1']);
      await api.store.prisma.plan.update({ where: { id }, data: { name: name(text) } });
      await movePlan(api.store, id, state);
      ids.unshift(id);
    }
    const list = async (query: string) => (await ask(`?${query}`)).items.map(({ id }: { id: string }) => id);
    expect(await list('q=the%20autumn')).toEqual(ids);
    expect(await list('q=the%20autumn&state=halted&state=paused')).toEqual([ids[0], ids[2]]);
    expect(await list('q=autumn&state=running')).toEqual([ids[1]]);
    expect(await list('q=au_umn')).toEqual([]);
    expect(await ask('?state=lost')).toMatchObject({ status: 422, errors: [{ path: 'state[0]' }] });
    expect(await ask('?state=halted&state=lost')).toMatchObject({ status: 422, errors: [{ path: 'state[1]' }] });
  });
});
