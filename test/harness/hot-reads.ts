import type pg from 'pg';

/** A replica somewhere in the middle of the largest plan, and the plans. */
export interface Seeded {
  readonly largest: string;
  readonly paused: string;
  readonly small: readonly string[];
  readonly middle: { id: string; key_id: string; mrk: string; key_arn: string; alias: string; made: string };
  readonly middlePlan: string;
}

/** Looks up what `seedPlans` has made, with the largest plan and then the paused one as its last. */
export async function findSeeded(client: pg.Client): Promise<Seeded> {
  const { rows } = await client.query<{ id: string }>('SELECT id FROM plans ORDER BY id DESC');
  const [largest, paused, ...small] = rows.map(({ id }) => id) as [string, string, ...string[]];
  const middle = await client.query<Seeded['middle']>(
    `SELECT r.id, r.key_id, r.mrk, r.key_arn, r.alias, r.replica_key_id AS made FROM replicas r
     JOIN plan_keys k ON k.plan_id = r.plan_id AND k.key_id = r.key_id
     WHERE r.plan_id = $1 AND k.position >= (SELECT count(*) / 2 FROM plan_keys WHERE plan_id = $1) AND r.state = 'succeeded' ORDER BY k.position, r.id LIMIT 1`,
    [largest],
  );
  const [replica] = middle.rows;
  if (replica === undefined) throw new Error('Nothing was seeded.');
  return { largest, paused, small, middle: replica, middlePlan: small[Math.floor(small.length / 2)] ?? largest };
}

/** A `large` page has ten times as many rows as a page has by default. `pathAt` a round: what is kept for a moment for all who ask is asked for of another plan each time. */
export interface HotRead {
  readonly what: string;
  readonly kind: 'page' | 'large' | 'report';
  pathAt(round: number): string;
}

export function hotReads({
  largest,
  paused,
  small,
  middle,
  middlePlan,
  running,
}: Seeded & { running: string }): HotRead[] {
  const cursor = (id: string) => `cursor=${Buffer.from(id).toString('base64url')}`;
  const plan = (id: string) => `/v1/plans/${id}`;
  const page = (what: string, path: string | ((round: number) => string)): HotRead => ({
    what,
    kind: path.toString().includes('limit=1000') ? 'large' : 'page',
    pathAt: typeof path === 'string' ? () => path : path,
  });
  const other = (round: number) => small[round % small.length] ?? largest;
  const of = (text: string) => encodeURIComponent(text);
  return [
    page('plans', '/v1/plans'),
    page('plans, from the middle', `/v1/plans?${cursor(middlePlan)}`),
    page('plans, 1000', '/v1/plans?limit=1000'),
    page('plans by state', '/v1/plans?state=running&state=paused'),
    page('plans by name', '/v1/plans?q=ed-1'),
    page('plans by name, ticket or submitter', '/v1/plans?search=ed-1'),
    page('activity', `${plan(largest)}/activity`),
    page('plan, running', plan(running)),
    page('plan, largest', plan(largest)),
    page('replicas, running', `${plan(running)}/replicas`),
    page('replicas, running, pending', `${plan(running)}/replicas?state=pending`),
    page('replicas, running, creating', `${plan(running)}/replicas?state=creating`),
    page('replicas, running, succeeded', `${plan(running)}/replicas?state=succeeded`),
    page('replicas', `${plan(largest)}/replicas`),
    page('replicas, from the middle', `${plan(largest)}/replicas?${cursor(middle.id)}`),
    page('replicas, 1000', `${plan(largest)}/replicas?limit=1000&${cursor(middle.id)}`),
    ...['failed', 'blocked', 'cancelled', 'pending', 'replicating', 'succeeded'].map((state) =>
      page(`replicas, ${state}`, `${plan(largest)}/replicas?state=${state}&${cursor(middle.id)}`),
    ),
    page('replicas, pending, half of the plan', `${plan(paused)}/replicas?state=pending`),
    page('replicas by Region', `${plan(largest)}/replicas?region=eu-west-1&${cursor(middle.id)}`),
    page('replicas by unknown Region', `${plan(largest)}/replicas?region=sa-east-1`),
    page('replicas by Region, failed', `${plan(largest)}/replicas?region=eu-west-1&state=failed`),
    page('replicas by error', `${plan(largest)}/replicas?error_code=access_denied`),
    page('replicas by unknown error', `${plan(largest)}/replicas?error_code=not_covered`),
    page('replicas that differ', `${plan(largest)}/replicas?differs=true&${cursor(middle.id)}`),
    page('replicas that do not differ', `${plan(largest)}/replicas?differs=false`),
    page('replicas by key id', `${plan(largest)}/replicas?key=${middle.key_id}`),
    page('replicas by mrk- id', `${plan(largest)}/replicas?key=${middle.mrk}`),
    page('replicas by ARN', `${plan(largest)}/replicas?key=${of(middle.key_arn)}`),
    page('replicas by alias', `${plan(largest)}/replicas?key=${of(middle.alias)}`),
    page('replicas by id of a replica', `${plan(largest)}/replicas?key=${middle.made}`),
    page('replicas by unknown key', `${plan(largest)}/replicas?key=${of('alias/nowhere')}`),
    page('one replica', `${plan(largest)}/replicas/${middle.id}`),
    page('matrix, running', `${plan(running)}/matrix`),
    page('matrix', `${plan(largest)}/matrix`),
    page('matrix, from the middle', (round) => `${plan(largest)}/matrix?offset=${10_000 + round * 100}`),
    page('failures, running', `${plan(running)}/failures`),
    page('failures, largest', `${plan(largest)}/failures`),
    page('failures, another each time', (round) => `${plan(other(round))}/failures`),
    page('overview', '/v1/overview'),
    page('lanes', '/v1/lanes'),
    ...['json', 'csv', 'html'].map((format): HotRead => {
      const path = `${plan(largest)}/report?format=${format}`;
      return { what: `report, ${format}, first byte`, kind: 'report', pathAt: () => path };
    }),
  ];
}
