import type { AttemptView, PrimarySettings, ReplicaDetailView, ReplicaView } from '@keyferry/core';
import type { AttemptRecord, ReplicaRow } from '@keyferry/store';

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

/** A replica as the API tells it. */
export function replicaView(row: ReplicaRow): ReplicaView {
  return {
    id: row.id,
    plan_id: row.plan_id,
    key_id: row.key_id,
    key_arn: row.key_arn,
    alias: row.alias,
    account: row.account || null,
    primary_region: row.primary_region || null,
    region: row.region,
    state: row.state,
    outcome: row.outcome,
    replica_key_id: row.replica_key_id,
    replica_arn: row.replica_arn,
    key_state: row.key_state,
    attempts: row.attempts,
    error: row.error,
    warnings: [...row.warnings],
    diff: row.diff && [...row.diff],
    manifest_line: row.manifest_line,
    from_primary_sha256: row.from_primary_sha256,
    row_sha256: row.row_sha256,
    not_before: row.state === 'pending' ? time(row.not_before) : null,
    created_at: row.created_at.toISOString(),
    accepted_at: time(row.accepted_at),
    usable_at: time(row.usable_at),
  };
}

/** What a replica gets from its primary as the API shows it. */
export function fromPrimaryView(settings: PrimarySettings | null): ReplicaDetailView['from_primary'] {
  if (settings === null) return null;
  const { Policy, Tags, Aliases, Description } = settings;
  return {
    ...(Policy === undefined ? {} : { policy: { ...Policy } }),
    ...(Tags === undefined ? {} : { tags: [...Tags] }),
    ...(Aliases === undefined ? {} : { aliases: [...Aliases] }),
    ...(Description === undefined ? {} : { description: Description }),
  };
}

/** The attempt log as the API tells it, numbered from 1. */
export function attemptViews(attempts: readonly AttemptRecord[]): AttemptView[] {
  return attempts.map((attempt, i) => ({
    n: i + 1,
    started_at: attempt.started_at.toISOString(),
    finished_at: time(attempt.finished_at),
    operation: attempt.operation,
    http_status: attempt.http_status,
    error: attempt.error,
    request_id: attempt.request_id,
    note: attempt.note,
  }));
}
