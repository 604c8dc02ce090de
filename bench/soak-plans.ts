import { createHash } from 'node:crypto';
import type { KeyferryClient } from '@keyferry/client';
import { until } from '../test/harness/until.ts';
import { onceMore } from './once-more.ts';

/** Of each plan. */
export const soakRegions = ['eu-west-1', 'eu-central-1', 'ap-southeast-1', 'us-west-2'] as const;
export const soakAccounts = 20;
export const keysOfPlan = 2;
/** Between two submissions: 20 replicas a second, where AWS's quotas allow 90. */
export const planEverySeconds = 8;
const cancelledEach = 10;
const reportedEach = 5;

/** What became of the plans of a soak. */
export interface SoakCounts {
  submitted: number;
  finished: number;
  cancelled: number;
  retried: number;
  replicas: number;
  /** Hashes of reports in CSV, by plan. */
  readonly reports: Map<string, string>;
}

interface Place {
  readonly client: KeyferryClient;
  readonly apiUrl: string;
  readonly token: string;
  readonly keysEach: number;
}

/** Key ids of the n-th plan, as light-cckm numbers its keys: fresh ones of every account. */
function keysOf(n: number, keysEach: number): string[] {
  return Array.from({ length: soakAccounts }, (_, account) =>
    Array.from({ length: keysOfPlan }, (_, key) => account * keysEach + n * keysOfPlan + key + 1),
  )
    .flat()
    .map((id) => `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`);
}

/** Submits the n-th plan, cancels every tenth, and follows it to its end; what failed is retried once. */
export async function runSoakPlan(place: Place, n: number, counts: SoakCounts): Promise<void> {
  const { client, keysEach } = place;
  const spec = { name: `soak ${n}`, keys: keysOf(n, keysEach), regions: [...soakRegions] };
  const { id } = await onceMore(() => client.request('POST /v1/plans', { body: spec, idempotencyKey: `soak-${n}` }));
  counts.submitted += 1;
  const ended = () =>
    until(
      'the plan ends',
      () => onceMore(() => client.request('GET /v1/plans/{id}', { id })),
      (plan) => plan.finished_at !== null,
      { withinMs: 300_000, everyMs: 500 },
    );
  if (n % cancelledEach === cancelledEach - 1) {
    await until(
      'it runs',
      () => onceMore(() => client.request('GET /v1/plans/{id}', { id })),
      ({ state }) => state !== 'resolving',
      { withinMs: 300_000, everyMs: 200 },
    );
    await onceMore(() => client.request('POST /v1/plans/{id}/cancel', { id }));
    counts.cancelled += 1;
  }
  let plan = await ended();
  if (plan.state === 'completed_with_failures') {
    await onceMore(() => client.request('POST /v1/plans/{id}/retry', { id }));
    counts.retried += 1;
    plan = await ended();
  }
  counts.finished += 1;
  counts.replicas += plan.counts.succeeded;
  if (n % reportedEach === 0) counts.reports.set(id, await reportSha256(place, id));
}

export async function reportSha256({ apiUrl, token }: Place, id: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  return onceMore(async () => {
    const response = await fetch(`${apiUrl}/v1/plans/${id}/report?format=csv`, { headers });
    if (!response.ok) throw new Error(`the report of ${id} answers ${response.status}`);
    return createHash('sha256')
      .update(await response.text())
      .digest('hex');
  });
}
