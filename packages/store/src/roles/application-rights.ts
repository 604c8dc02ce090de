/** What the application does with the rows of a table beside reading them. What is not here it may not do. */
export interface TableRights {
  readonly insert?: true;
  readonly delete?: true;
  /** All columns, these alone, or all but these. A row is locked by the same right. */
  readonly update?: true | { readonly only: readonly string[] } | { readonly but: readonly string[] };
}

const all: TableRights = { insert: true, update: true, delete: true };
const readOnly: TableRights = {};
const appendOnly: TableRights = { insert: true };

/**
 * The rights of the application's role on every table, where another role owns them. What a plan, a drill, a token and an
 * approval are is written once; their entries in the audit log are written by append_audit() alone.
 */
export const applicationRights: Readonly<Record<string, TableRights>> = {
  _prisma_migrations: readOnly,
  api_tokens: { insert: true, update: { only: ['last_used_at', 'revoked_at', 'revoked_by'] } },
  approval_rules: appendOnly,
  approvals: { insert: true, update: { only: ['voided_at', 'void_reason'] } },
  archived_pairs: { insert: true, update: true },
  attempts: { insert: true, delete: true },
  audit_checkpoints: appendOnly,
  audit_entries: readOnly,
  audit_head: readOnly,
  circuits: { insert: true, update: true },
  coverage_cells: appendOnly,
  coverage_checks: { insert: true, update: true },
  coverage_keys: { insert: true, delete: true },
  coverage_policies: all,
  drill_approvals: appendOnly,
  drill_findings: appendOnly,
  drill_log: appendOnly,
  drill_steps: { insert: true, update: true },
  drills: {
    insert: true,
    update: {
      but: [
        ...['id', 'name', 'mode', 'spec', 'spec_sha256', 'created_by', 'approvers', 'approvals_required'],
        'declared_at',
      ],
    },
  },
  estate: { update: true },
  estate_keys: { insert: true, delete: true },
  health_probe: { insert: true, update: true },
  idempotency_keys: { insert: true, delete: true },
  inventory_aliases: appendOnly,
  inventory_keys: appendOnly,
  inventory_readings: { insert: true, delete: true },
  lane_failure_hours: all,
  lanes: { insert: true, update: true },
  manifest_rows: { insert: true, delete: true },
  manifests: all,
  oldest_release: readOnly,
  plan_archive_parts: { insert: true, update: { only: ['dropped_at'] } },
  plan_archives: all,
  plan_changes: all,
  plan_failures: all,
  plan_keys: all,
  plan_lanes: all,
  plan_retries: all,
  plan_revisions: { insert: true, update: true },
  plans: {
    insert: true,
    update: {
      but: [
        ...['id', 'name', 'mode', 'spec', 'spec_sha256', 'operation', 'created_by', 'created_at', 'approvals_required'],
        ...['accounts', 'regions', 'schedule_id', 'scheduled_for', 'drill_id', 'drill_step', 'imports_material'],
      ],
    },
  },
  region_groups: all,
  replica_transitions: readOnly,
  replicas: all,
  schedules: all,
  seal_keys: appendOnly,
  sessions: { insert: true, update: { only: ['idle_until'] }, delete: true },
  state_transitions: readOnly,
  synchronizations: { insert: true, update: true },
  webhook_attempts: { insert: true, update: true },
  webhook_deliveries: all,
  webhook_events: { insert: true, delete: true },
  webhooks: all,
  workers: all,
};

/** Functions that change the log as its owner, for whom they are. */
export const ownersFunctions: readonly string[] = ['drop_audit_month', 'provide_audit_month'];
