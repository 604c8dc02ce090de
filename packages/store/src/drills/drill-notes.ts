import type { FindingSeverity } from '@keyferry/core';
import type { Connection } from '../store.ts';

/*
 * What is written down of a drill as it goes. Whoever writes here has locked the drill: so entries have their order, and
 * each stands with the change that it tells of, or not at all.
 */

export interface LogNote {
  readonly kind: 'drill' | 'step' | 'plan' | 'check' | 'approval' | 'finding' | 'http' | 'notice';
  readonly message: string;
  readonly stepPosition?: number | null;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export async function noteInLog(
  db: Connection,
  drillId: string,
  { kind, message, stepPosition = null, detail = {} }: LogNote,
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO drill_log (drill_id, seq, step_position, kind, message, detail)
    SELECT ${drillId}::uuid, coalesce(max(seq), 0) + 1, ${stepPosition}::int, ${kind}, ${message},
      ${JSON.stringify(detail)}::jsonb
    FROM drill_log WHERE drill_id = ${drillId}::uuid`;
}

export interface FindingNote {
  readonly severity: FindingSeverity;
  readonly code: string;
  readonly message: string;
  readonly stepPosition?: number | null;
  readonly owner?: string | null;
  readonly due?: string | null;
  readonly ticket?: string | null;
  /** Who noted it; left out: the drill itself. */
  readonly notedBy?: string | null;
}

/** Notes a finding; one of the drill itself that is there already, word for word, is not noted again. */
export async function noteFinding(db: Connection, drillId: string, finding: FindingNote): Promise<void> {
  const {
    severity,
    code,
    message,
    stepPosition = null,
    owner = null,
    due = null,
    ticket = null,
    notedBy = null,
  } = finding;
  const added = await db.$executeRaw`
    INSERT INTO drill_findings (drill_id, seq, severity, code, message, step_position, owner, due, ticket, noted_by)
    SELECT ${drillId}::uuid, coalesce(max(seq), 0) + 1, ${severity}::finding_severity, ${code}, ${message},
      ${stepPosition}::int, ${owner}, ${due}::date, ${ticket}, ${notedBy}
    FROM drill_findings WHERE drill_id = ${drillId}::uuid
    HAVING ${notedBy}::text IS NOT NULL OR NOT coalesce(bool_or(code = ${code} AND message = ${message}
      AND step_position IS NOT DISTINCT FROM ${stepPosition}::int), false)`;
  if (added === 1) {
    const by = notedBy === null ? '' : `${notedBy} noted: `;
    await noteInLog(db, drillId, {
      kind: 'finding',
      message: `${by}${message}`,
      stepPosition,
      detail: { severity, code },
    });
  }
}
