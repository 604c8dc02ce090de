import { planSpecSchema } from '@keyferry/core';
import type pg from 'pg';

/** Plans of one size, each with so many keys that go to `seededRegions`. */
export interface SeededPlans {
  readonly plans: number;
  readonly keys: number;
  readonly accounts: number;
  /** Ended, or paused with half of its replicas to be made. */
  readonly state: 'ended' | 'paused';
}

export const seededRegions: readonly string[] = [
  ...['us-west-2', 'us-east-2', 'ca-central-1', 'eu-west-1', 'eu-west-2'],
  ...['eu-central-1', 'ap-south-1', 'ap-northeast-1', 'ap-southeast-1', 'ap-southeast-2'],
];

/** Plans are seeded as if they had been submitted so long one after the other, the last of them just now. */
const everyMs = 60 * 60_000;

/**
 * Fills a migrated database with plans as they stand some time after they were submitted, with a call in the attempt log for
 * each replica that had one: 2 % of the replicas failed, for three causes, 0.5 % are blocked, 5 % were there already, 1 % are
 * cancelled, 1 % differ from the request. Written past the triggers, which a million rows one by one would be slow for, so
 * that the client's role must be a superuser; the counters are made to agree.
 */
export async function seedPlans(client: pg.Client, sizes: readonly SeededPlans[]): Promise<void> {
  const spec = planSpecSchema.parse({ name: 'seeded', keys: [`mrk-${'0'.repeat(32)}`], regions: seededRegions });
  await client.query(`SET session_replication_role = replica; SET maintenance_work_mem = '512MB'`);
  try {
    await client.query(`
      CREATE FUNCTION pg_temp.id_at(at timestamptz, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
        SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint + n / 1000), 12, '0') || '7' ||
          lpad(to_hex(n % 1000), 3, '0') || '8' || lpad(to_hex((extract(epoch FROM at))::bigint % 268435456), 15, '0'))::uuid $$;
      CREATE TEMP TABLE seeded_plans (n int, id uuid, at timestamptz, keys int, accounts int, state text)`);
    let first = 0;
    const all = sizes.reduce((sum, { plans }) => sum + plans, 0);
    for (const { plans, keys, accounts, state } of sizes) {
      await client.query(
        `INSERT INTO seeded_plans
         SELECT n, pg_temp.id_at(at, 0), at, $3, $4, $5
         FROM (SELECT n, date_trunc('milliseconds', now()) - ($6::int - n) * make_interval(secs => $7::int / 1000) AS at
           FROM generate_series($1::int, $2::int) n) p`,
        [first, first + plans - 1, keys, accounts, state, all, everyMs],
      );
      first += plans;
    }
    await client.query(
      `INSERT INTO plans (id, name, mode, state, spec, spec_sha256, created_by, proposed_by, created_at, started_at, finished_at,
         resolved_at, resolved_sha256, priority, max_in_flight, sequential, max_attempts, lower_bound_seconds)
       SELECT id, 'seeded-' || n, 'execute',
         (CASE WHEN state = 'paused' THEN 'paused' ELSE 'completed_with_failures' END)::plan_state,
         jsonb_set($1::jsonb, '{keys}', (SELECT jsonb_agg(md5(n || '-' || k)::uuid) FROM generate_series(1, keys) k)),
         md5(n::text), 'seeder', '{seeder}', at, at + interval '1 second',
         CASE WHEN state = 'paused' THEN NULL ELSE at + interval '10 minutes' END, at, md5(n::text), 0, 50, false, 8, 10
       FROM seeded_plans`,
      [JSON.stringify(spec)],
    );
    await client.query(`
      INSERT INTO plan_revisions (plan_id, revision) SELECT id, 1 FROM seeded_plans;
      INSERT INTO plan_keys (plan_id, position, key_id, alias, aliases, account, primary_region)
      SELECT id, k - 1, md5(n || '-' || k)::uuid, 'alias/seeded-' || n || '-' || k, ARRAY['alias/seeded-' || n || '-' || k],
        (100000000000 + (k - 1) * accounts / keys)::text, 'us-east-1'
      FROM seeded_plans, generate_series(1, keys) k`);
    await client.query(
      `INSERT INTO plan_lanes (id, plan_id, account, primary_region, region, wave)
       SELECT gen_random_uuid(), p.id, (100000000000 + a)::text, 'us-east-1', r.region, r.wave - 1
       FROM seeded_plans p, generate_series(0, accounts - 1) a, unnest($1::text[]) WITH ORDINALITY r(region, wave)`,
      [seededRegions],
    );
    await client.query(`
      INSERT INTO replicas (id, plan_id, lane_id, key_id, mrk, key_arn, alias, aliases, origin, account, primary_region, region,
        state, outcome, replica_key_id, replica_arn, key_state, attempts, error, created_at, accepted_at, usable_at,
        failed_at, diff)
      SELECT pg_temp.id_at(p.at, k.position * 10 + l.wave + 1), p.id, l.id, k.key_id, m.mrk,
        'arn:aws:kms:us-east-1:' || k.account || ':key/' || m.mrk, k.alias, ARRAY[k.alias], 'AWS_KMS', k.account,
        'us-east-1', l.region, s.state::replica_state,
        (CASE s.state WHEN 'succeeded' THEN 'created' WHEN 'already_present' THEN 'already_present' END)::replica_outcome,
        CASE WHEN s.state IN ('succeeded', 'already_present') THEN md5(k.key_id || l.region)::uuid END,
        CASE WHEN s.state IN ('succeeded', 'already_present') THEN 'arn:aws:kms:' || l.region || ':' || k.account || ':key/' || m.mrk END,
        CASE WHEN s.state IN ('succeeded', 'already_present') THEN 'Enabled' END,
        (s.state IN ('succeeded', 'failed'))::int,
        CASE WHEN s.state IN ('failed', 'blocked') THEN jsonb_build_object('code',
          (ARRAY['access_denied', 'throttled', 'key_unusable'])[1 + k.position % 3], 'message', 'It was refused.',
          'http_status', 400, 'retryable', false, 'provider_code', 'AccessDeniedException') END,
        p.at, CASE WHEN s.state = 'succeeded' THEN s.done_at END, CASE WHEN s.state = 'succeeded' THEN s.done_at END,
        CASE WHEN s.state = 'failed' THEN s.done_at END,
        CASE WHEN n.n % 100 = 17 THEN '[{"field": "description", "wanted": "a", "present": "b"}]'::jsonb END
      FROM seeded_plans p JOIN plan_keys k ON k.plan_id = p.id
      JOIN plan_lanes l ON l.plan_id = p.id AND l.account = k.account
      CROSS JOIN LATERAL (SELECT 'mrk-' || md5(k.key_id) AS mrk) m
      CROSS JOIN LATERAL (SELECT k.position * 7 + l.wave * 31 AS n) n
      CROSS JOIN LATERAL (SELECT p.at + make_interval(secs => n.n % 600) AS done_at, CASE
        WHEN n.n % 200 IN (3, 50, 101, 151) THEN 'failed' WHEN n.n % 200 = 9 THEN 'blocked'
        WHEN n.n % 200 IN (19, 77) THEN 'cancelled' WHEN n.n % 20 = 7 THEN 'already_present'
        WHEN p.state = 'paused' AND k.position * 2 >= p.keys THEN 'pending' ELSE 'succeeded' END AS state) s
      ORDER BY p.n, k.position, l.wave`);
    await client.query(`
      UPDATE plan_lanes l SET pending = c.pending, succeeded = c.succeeded, already_present = c.already_present,
        failed = c.failed, blocked = c.blocked, cancelled = c.cancelled, differing = c.differing
      FROM (SELECT lane_id, count(*) FILTER (WHERE state = 'pending') AS pending,
          count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
          count(*) FILTER (WHERE state = 'already_present') AS already_present,
          count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'blocked') AS blocked,
          count(*) FILTER (WHERE state = 'cancelled') AS cancelled, count(*) FILTER (WHERE diff <> '[]') AS differing
        FROM replicas GROUP BY lane_id) c
      WHERE c.lane_id = l.id;
      INSERT INTO plan_failures (lane_id, code, failed, blocked)
      SELECT lane_id, error ->> 'code', count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'blocked')
      FROM replicas WHERE state IN ('failed', 'blocked') GROUP BY 1, 2;
      INSERT INTO lane_failure_hours (hour, lane_id, code, plan_id, given_up, last_at)
      SELECT date_trunc('hour', failed_at, 'UTC'), lane_id, error ->> 'code', plan_id, count(*), max(failed_at)
      FROM replicas WHERE failed_at > now() - interval '2 days' GROUP BY 1, 2, 3, 4`);
    await client.query(`
      INSERT INTO attempts (replica_id, epoch, operation, started_at, finished_at, http_status, error, request_id)
      SELECT id, 1, 'replicate', coalesce(usable_at, failed_at), coalesce(usable_at, failed_at),
        CASE WHEN error IS NULL THEN 200 ELSE 400 END, error, md5(id::text)
      FROM replicas WHERE attempts > 0 ORDER BY id`);
    await client.query(`
      INSERT INTO lanes (account, region, operation)
      SELECT DISTINCT account, 'us-east-1', 'ReplicateKey' FROM plan_lanes
      UNION SELECT DISTINCT account, region, 'CreateKey' FROM plan_lanes`);
  } finally {
    await client.query('SET session_replication_role = origin');
  }
  await client.query('VACUUM ANALYZE');
}
