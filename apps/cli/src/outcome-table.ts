import type { KeyferryClient } from '@keyferry/client';
import {
  durationInWords,
  type ErrorCode,
  errorRule,
  type PlanView,
  type ReplicaView,
  unsuccessfulReplicaStates,
} from '@keyferry/core';
import { paintState, pc } from './output.ts';
import { createTable } from './table.ts';

const columns = ['created', 'adopted', 'already present', 'failed', 'blocked', 'cancelled', 'open'] as const;
type Column = (typeof columns)[number];

/** What a column is called for a plan that promotes, where that is other. */
const ofPromotion: Partial<Record<Column, string>> = { created: 'promoted', 'already present': 'primary already' };

function columnOf(replica: ReplicaView): Column {
  switch (replica.state) {
    case 'succeeded':
      return replica.outcome === 'adopted' ? 'adopted' : 'created';
    case 'already_present':
      return 'already present';
    case 'failed':
    case 'blocked':
    case 'cancelled':
      return replica.state;
    default:
      return 'open';
  }
}

interface Cause {
  readonly code: string;
  readonly example: ReplicaView;
  count: number;
}

/** What became of a plan: Region × outcome, and what failed grouped by cause with what to do. */
export async function outcomeOf(client: KeyferryClient, plan: Omit<PlanView, 'spec'>): Promise<string> {
  const byRegion = new Map<string, Record<Column, number>>();
  const causes = new Map<string, Cause>();
  let repeated = 0;
  for await (const replica of client.eachReplica(plan.id)) {
    const row =
      byRegion.get(replica.region) ?? (Object.fromEntries(columns.map((name) => [name, 0])) as Record<Column, number>);
    row[columnOf(replica)] += 1;
    byRegion.set(replica.region, row);
    if (replica.attempts > 1) repeated += 1;
    if (unsuccessfulReplicaStates.includes(replica.state) && replica.error) {
      const cause = causes.get(replica.error.code) ?? { code: replica.error.code, example: replica, count: 0 };
      cause.count += 1;
      causes.set(cause.code, cause);
    }
  }
  return [
    headline(plan),
    table(byRegion, plan.operation === 'promote' ? ofPromotion : {}),
    ...repeatedText(repeated),
    ...materialMissing(plan),
    ...differing(plan),
    ...causesText(causes, plan.id),
  ].join('\n');
}

function headline(plan: Omit<PlanView, 'spec'>): string {
  const took =
    plan.started_at && plan.finished_at
      ? ` in ${durationInWords((Date.parse(plan.finished_at) - Date.parse(plan.started_at)) / 1000)} (the AWS quotas allow ${durationInWords(plan.lower_bound_seconds)})`
      : '';
  const archived = plan.archived_at ? `, archived ${plan.archived_at}` : '';
  return `Plan ${pc.bold(plan.name)} ${paintState(plan.state)}${took}${archived}${plan.reason ? `\n${plan.reason}` : ''}`;
}

function table(byRegion: ReadonlyMap<string, Record<Column, number>>, words: Partial<Record<Column, string>>): string {
  const shown = columns.filter(
    (column) => column === 'created' || [...byRegion.values()].some((row) => row[column] > 0),
  );
  const named = (column: Column) => words[column] ?? column;
  const out = createTable(['Region', ...shown.map(named)], shown.map(named));
  const total = Object.fromEntries(shown.map((column) => [column, 0])) as Record<Column, number>;
  for (const [region, row] of [...byRegion].sort(([a], [b]) => a.localeCompare(b))) {
    out.push([region, ...shown.map((column) => row[column] || '-')]);
    for (const column of shown) total[column] += row[column];
  }
  if (byRegion.size > 1) out.push(['all', ...shown.map((column) => total[column] || '-')]);
  return out.toString();
}

function repeatedText(count: number): string[] {
  return count === 0 ? [] : [`${count} took more than one call (throttled, or response lost).`];
}

function materialMissing({ pending_import: count }: Omit<PlanView, 'spec'>): string[] {
  if (count === 0) return [];
  return [pc.yellow(`${count} of the replicas have no key material (PendingImport): import it before use.`)];
}

function differing({ differing: count, id }: Omit<PlanView, 'spec'>): string[] {
  if (count === 0) return [];
  return [
    pc.yellow(
      `${count} ${count === 1 ? 'replica differs' : 'replicas differ'} from the request: keyferry plan show ${id} --replicas --differs`,
    ),
  ];
}

function causesText(causes: ReadonlyMap<string, Cause>, planId: string): string[] {
  if (causes.size === 0) return [];
  const told = [...causes.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ code, count, example }) => {
      const advice = errorRule(code as ErrorCode)?.operatorAdvice ?? 'Read the message.';
      const who = `${example.alias ?? example.key_arn ?? example.key_id} in ${example.region}`;
      return [
        `  ${pc.bold(code)} × ${count}: ${errorRule(code as ErrorCode)?.title ?? ''}`,
        `    e.g. ${who}: ${(example.error?.message ?? '').replace(advice, '').trim()}`,
        `    do   ${advice}`,
      ].join('\n');
    });
  return ['', 'Failures and fixes:', ...told, '', `Then: keyferry plan retry ${planId} [--error-code <code>]`];
}
