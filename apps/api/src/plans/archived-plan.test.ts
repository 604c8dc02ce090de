import { everywhere, type PreviewView, planSpecSchema, planViewSchema, type ReplicaErrorView } from '@keyferry/core';
import { archiveNext, finishResolving, insertPlan, insertReplicas } from '@keyferry/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { movePlan } from '../../../../test/models/plans/move-plan.ts';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';

let api: TestApi;
let id: string;
beforeAll(async () => {
  api = await startForTest({ encryptionKeys: [Buffer.alloc(32, 3)] });
  id = await endedPlan();
}, 120_000);
afterAll(() => api?.stop());

const regions = ['us-west-2', 'eu-west-1'];
const denied: ReplicaErrorView = {
  code: 'access_denied',
  message: 'User is "not" authorized; ask, then retry.',
  http_status: null,
  retryable: false,
  provider_code: 'AccessDeniedException',
};
const policy = { Version: '2012-10-17', Statement: [{ Sid: 'only-for-us' }] };

/** A plan that ended long ago, with replicas of every end. */
async function endedPlan(): Promise<string> {
  const { store } = api;
  const replica = { same_as_primary: ['policy'] };
  const manifest = { format: 'csv' as const, sha256: '0'.repeat(64), rows: 1, regions: [], with_alias: false };
  const spec = { ...planSpecSchema.parse({ name: 'drill', keys: ['mrk-1'], regions, replica }), manifest };
  const { planId } = await insertPlan(store, {
    spec,
    scope: everywhere,

    createdBy: 'anna',
    idempotency: null,
  });
  const warnings = [{ code: 'alias_taken', message: 'taken' }];
  const rows = ['k-1', 'k-2', 'k-3', 'k-4'].flatMap((keyId) =>
    regions.map((region, wave) => ({
      key_id: keyId,
      region,
      wave,
      alias: `alias/${keyId}`,
      aliases: [`alias/${keyId}`],
    })),
  );
  await insertReplicas(store, planId, [
    ...rows.map((row) =>
      newResolved({ ...row, from_primary: { Policy: policy }, ...(row.key_id === 'k-4' ? { warnings } : {}) }),
    ),
    newResolved({
      ...{ key_id: 'k-5', state: 'blocked', error: denied, account: '', primary_region: '' },
      ...{ settings: { aws_param: { Description: 'x' } }, manifest_line: 2 },
    }),
    newResolved({
      key_id: 'k-6',
      ...{ state: 'already_present', outcome: 'already_present', key_state: 'PendingImport' },
      ...{ replica_key_id: 'there', diff: [{ field: 'policy', wanted: policy, present: null }] },
    }),
  ]);
  await finishResolving(store, planId, { preview: false, lowerBoundSeconds: 1 });
  const { prisma } = store;
  const move = async (keyId: string, ...states: string[]) => {
    for (const state of states) {
      await prisma.$executeRaw`
        UPDATE replicas SET state = ${state}::replica_state WHERE plan_id = ${planId}::uuid AND key_id = ${keyId}`;
    }
  };
  await move('k-1', 'queued', 'replicating', 'creating', 'succeeded');
  await move('k-2', 'queued', 'replicating', 'failed');
  await move('k-3', 'cancelled');
  await move('k-4', 'queued', 'replicating', 'creating', 'succeeded');
  await prisma.$executeRaw`
    UPDATE replicas SET error = ${JSON.stringify(denied)}::jsonb, failed_at = now() - interval '45 days'
    WHERE plan_id = ${planId}::uuid AND key_id = 'k-2'`;
  await prisma.$executeRaw`
    UPDATE replicas SET outcome = 'created', replica_key_id = 'made ' || region, accepted_at = now() - interval '45 days',
      usable_at = now() - interval '45 days' + interval '3 s', attempts = 2
    WHERE plan_id = ${planId}::uuid AND key_id IN ('k-1', 'k-4')`;
  await prisma.$executeRaw`
    INSERT INTO attempts (replica_id, epoch, operation, started_at, finished_at, http_status, error, note)
    SELECT id, n, 'replicate', now() - interval '45 days' + n * interval '1 s', now() - interval '45 days', 201,
      CASE n WHEN 1 THEN ${JSON.stringify(denied)}::jsonb END, 'call ' || n
    FROM replicas CROSS JOIN generate_series(1, 2) n WHERE plan_id = ${planId}::uuid`;
  await movePlan(store, planId, 'completed_with_failures');
  await prisma.$executeRaw`
    UPDATE plans SET started_at = now() - interval '45 days', finished_at = now() - interval '44 days'
    WHERE id = ${planId}::uuid`;
  const stored = await prisma.manifest.create({ data: { id: planId, planId } });
  await prisma.manifestRow.create({
    data: { manifestId: stored.id, line: 2, key: 'k-1', settings: { Description: 'x' } },
  });
  return planId;
}

const ask = (path: string) => api.ask(adminToken, 'GET', `/v1/plans/${id}${path}`);

/** Everything that is asked of a plan, without the times at which it was asked. */
async function askAll(): Promise<Record<string, unknown>> {
  const { items } = (await ask('/replicas')).json as { items: { id: string }[] };
  const { next_cursor: cursor } = (await ask('/replicas?limit=5')).json as { next_cursor: string };
  const paths = [
    ...['/report?format=csv', '/report?format=html', '/report?format=json', '/failures', '/preview', '/throughput'],
    ...['/matrix', '/matrix?buckets=2', '/matrix?state=failed', '/matrix?q=K-4', '', '/replicas?limit=3'],
    ...['/replicas?state=failed', '/replicas?key=k-4', '/replicas?differs=true', `/replicas?cursor=${cursor}`],
    ...items.map((item) => `/replicas/${item.id}`),
  ];
  const answers: Record<string, unknown> = {};
  for (const path of paths) {
    const { status, text } = await ask(path);
    expect([path, status]).toEqual([path, 200]);
    answers[path] = text
      .replace(/"generated_at":"[^"]+"/, '')
      .replace(/"archived_at":[^,]+/, '')
      .replace(/Generated [^<]+/, '');
  }
  return answers;
}

describe('a plan that is archived', () => {
  let before: Record<string, unknown>;
  beforeAll(async () => {
    before = await askAll();
    expect((await ask('')).json.archived_at).toBeNull();
    while (await archiveNext(api.store, 30, 4));
  });

  it('had been shown with where its keys come from, and what replicas get by primary and by row', () => {
    const preview = JSON.parse(before['/preview'] as string) as PreviewView;
    expect(preview.origins).toEqual([
      { account: '111122223333', primary_region: 'us-east-1', keys: 5 },
      { account: null, primary_region: null, keys: 1 },
    ]);
    expect(preview.from_primaries).toEqual({
      total: 1,
      items: [
        {
          ...{ key_id: expect.any(String), alias: expect.any(String), region: expect.any(String), replicas: 8 },
          ...{ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), settings: { policy } },
        },
      ],
    });
    const settings = { aws_param: { Description: 'x' } };
    expect(preview.row_settings).toEqual({
      total: 1,
      items: [{ key_id: 'k-5', alias: null, region: 'eu-west-1', line: 2, settings }],
    });
  });

  it('has no rows in the tables any more, and no policy in clear in its archive', async () => {
    const [left] = await api.store.prisma.$queryRaw<{ n: number }[]>`
      SELECT ((SELECT count(*) FROM replicas) + (SELECT count(*) FROM attempts) + (SELECT count(*) FROM plan_keys)
        + (SELECT count(*) FROM manifest_rows) + (SELECT count(*) FROM plan_changes))::int AS n`;
    expect(left?.n).toBe(0);
    const parts = await api.store.prisma.planArchivePart.findMany();
    expect(parts.map(({ of, rowCount }) => [of, rowCount])).toContainEqual(['manifest_rows', 1]);
    expect(JSON.stringify(parts)).not.toContain('only-for-us');
  });

  it('says so, and answers all that it answered before, to the byte', async () => {
    const { json } = await ask('');
    expect(planViewSchema.parse(json).archived_at).toMatch(/Z$/);
    expect(json).toMatchObject({
      state: 'completed_with_failures',
      pending_import: 1,
      counts: { total: 10, failed: 2 },
    });
    expect(await askAll()).toEqual(before);
  });

  it('is not retried; the answer says what to do', async () => {
    const answer = await api.ask(adminToken, 'POST', `/v1/plans/${id}/retry`, {});
    expect(answer).toMatchObject({
      status: 409,
      json: { title: 'Archived', detail: expect.stringMatching(/new plan/) },
    });
  });

  it('stands in the audit log with the hash of its archive', async () => {
    const { items } = (await api.ask(adminToken, 'GET', `/v1/audit?object_id=${id}`)).json;
    const { sha256 } = await api.store.prisma.planArchive.findUniqueOrThrow({ where: { planId: id } });
    expect(items).toContainEqual(
      expect.objectContaining({
        action: 'plan.archive',
        detail: expect.objectContaining({ sha256, rows: expect.any(Number) }),
      }),
    );
  });
});
