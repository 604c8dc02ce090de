import type { AttemptView, PrimarySettings, ReplicaDetailView, ReplicaView } from '@keyferry/core';
import type { AttemptRecord, ReplicaRow } from '@keyferry/store';

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

/** A replica as the API tells it. */
export function replicaView(row: ReplicaRow): ReplicaView {
  return {
    id: row.id,
    plan_id: row.planId,
    key_id: row.keyId,
    key_arn: row.keyArn,
    alias: row.alias,
    account: row.account || null,
    primary_region: row.primaryRegion || null,
    region: row.region,
    state: row.state,
    outcome: row.outcome,
    replica_key_id: row.replicaKeyId,
    replica_arn: row.replicaArn,
    key_state: row.keyState,
    attempts: row.attempts,
    error: row.error,
    warnings: [...row.warnings],
    diff: row.diff && [...row.diff],
    manifest_line: row.manifestLine,
    from_primary_sha256: row.fromPrimarySha256,
    row_sha256: row.rowSha256,
    not_before: row.state === 'pending' ? time(row.notBefore) : null,
    created_at: row.createdAt.toISOString(),
    accepted_at: time(row.acceptedAt),
    usable_at: time(row.usableAt),
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
    started_at: attempt.startedAt.toISOString(),
    finished_at: time(attempt.finishedAt),
    operation: attempt.operation,
    http_status: attempt.httpStatus,
    error: attempt.error,
    request_id: attempt.requestId,
    note: attempt.note,
  }));
}
