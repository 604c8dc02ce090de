import { createHash } from 'node:crypto';
import {
  type AuditEntryView,
  auditGenesis,
  type DrillItem,
  type DrillMove,
  type DrillPauses,
  lostTime,
} from '@keyferry/core';
import { canonical } from '../../../packages/evidence/src/canonical.ts';
import type { DrillEvidence, EvidenceDrill } from '../../../packages/evidence/src/drill-evidence.ts';

/** A drill for tests: some keys into two Regions, one of which was throttled, promoted there and back. */

const t0 = Date.parse('2026-11-24T09:00:00.000Z');
/** So many milliseconds after T0. */
export const at = (ms: number): string => new Date(t0 + ms).toISOString();
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

const regions = ['eu-central-1', 'eu-west-1'];
const minute = 60_000;
export const drillId = '0199aaaa-bbbb-7ccc-8ddd-000000000001';
const planId = '0199aaaa-bbbb-7ccc-8ddd-000000000002';
const checkId = '0199aaaa-bbbb-7ccc-8ddd-000000000003';

export interface DrillShape {
  readonly keys?: number;
  /** What is otherwise of its head. */
  readonly drill?: Partial<EvidenceDrill>;
  /** What is otherwise of an item. */
  readonly item?: (key: number, region: string) => Partial<DrillItem>;
  readonly runbook?: Record<string, unknown>;
  readonly more?: Partial<DrillEvidence>;
}

export function newDrill({
  keys = 3,
  drill = {},
  item = () => ({}),
  runbook,
  more = {},
}: DrillShape = {}): DrillEvidence {
  const spec = runbook ?? {
    name: 'Evacuate us-east-1',
    mode: 'live',
    regions,
    selector: { tags: { tier: '1' } },
    steps: [{ step: 'preflight' }, { step: 'replicate' }, { step: 'verify' }, { step: 'promote', to: regions[0] }],
  };
  const pauses = {
    declaredAt: t0,
    approvals: [{ from: t0 + 4_000, to: t0 + 3 * minute }],
    pauses: [{ from: t0 + 5 * minute, to: t0 + 6 * minute }],
  };
  const items = Array.from({ length: keys }, (_, key) =>
    regions.map((region, r) => ({ ...newItem(key, region, r, pauses), ...item(key, region) })),
  ).flat();
  const specSha = sha(canonical(spec));
  const scopeSha = sha('scope');
  const states = Map.groupBy(items, ({ state }) => state ?? 'unknown');
  const counts = (of: readonly DrillItem[]) => ({
    total: of.length,
    ...Object.fromEntries(
      [...Map.groupBy(of, ({ state }) => state ?? 'unknown')].map(([state, those]) => [state, those.length]),
    ),
  });
  const entries = auditEntries(audited({ spec_sha256: specSha, scope_sha256: scopeSha }));
  return {
    version: '0.1.0',
    cckmHost: 'ciphertrust.example.com',
    runbook: spec,
    drill: {
      id: drillId,
      name: 'Evacuate us-east-1',
      scenario: 'us-east-1 is announced to be evacuated within the hour; all tier 1 keys must be usable in Europe.',
      description: null,
      mode: 'live',
      state: 'succeeded',
      reason: null,
      change_ticket: 'CHG-20418',
      spec_sha256: specSha,
      scope_sha256: scopeSha,
      scope: { keys, regions, lost_regions: [], accounts: ['111122223333'] },
      targets: { rto_ms: 30 * minute, rpo_ms: 0 },
      submitted_by: 'anna',
      declared_at: at(0),
      approved_at: at(3 * minute),
      started_at: at(3 * minute),
      finished_at: at(24 * minute),
      approvals_required: 2,
      broken_glass: null,
      ...drill,
    },
    steps: [
      step(0, 'preflight', 3 * minute, 3 * minute + 4_000),
      step(1, 'replicate', 3 * minute + 4_000, 12 * minute, { plan_id: planId }),
      step(2, 'verify', 12 * minute, 14 * minute, { check_id: checkId }),
      step(3, 'http', 14 * minute, 14 * minute + 2_100),
      step(4, 'promote', 15 * minute, 19 * minute, { plan_id: planId }),
      step(5, 'failback', 19 * minute, 24 * minute, { plan_id: planId }),
    ],
    approvals: [
      approval('bert', 2 * minute, specSha, scopeSha, 'as agreed in CAB 47'),
      approval('carla', 3 * minute, specSha, scopeSha, null),
    ],
    findings: [
      {
        seq: 1,
        severity: 'warning',
        code: 'noted',
        message: 'AWS throttled ReplicateKey in us-east-1 for 40 s: others use the quota of the account too.',
        step: '2-replicate',
        owner: 'Cloud platform team',
        due: '2026-12-15',
        ticket: 'OPS-311',
      },
      {
        seq: 2,
        severity: 'info',
        code: 'lost_answer',
        message: '1 call lost its answer; the replica was found when CCKM was asked for it.',
        step: '2-replicate',
        owner: null,
        due: null,
        ticket: null,
      },
    ],
    log: [
      logged(1, 0, 'anna declared it.', {}),
      logged(2, 4_000, 'It is awaiting approval.', { state: 'awaiting_approval' }),
      logged(3, 3 * minute, 'It is running.', { state: 'running' }),
      logged(4, 5 * minute, 'It is paused. Paused by anna.', { state: 'paused' }),
      logged(5, 6 * minute, 'It is running. Resumed by dora.', { state: 'running' }),
      {
        seq: 6,
        at: at(14 * minute + 2_000),
        step: '4-http',
        kind: 'http.answered',
        message: 'POST https://checks.example.com/decrypt answered 200: all 3 probes decrypted in eu-central-1.',
        detail: { status: 200, sha256: sha('answer') },
      },
    ],
    check: {
      id: checkId,
      proof: true,
      at: at(14 * minute),
      regions,
      counts: counts(items),
      by_region: regions.map((region) => ({ region, counts: counts(items.filter((one) => one.region === region)) })),
      covered_percent: Math.floor(((states.get('covered')?.length ?? 0) * 10_000) / Math.max(1, items.length)) / 100,
    },
    audit: {
      entries,
      head: { seq: entries.length, hash: entries.at(-1)?.hash ?? auditGenesis },
      checkpoint: null,
    },
    items: () => pages(items),
    moves: () =>
      pages(Array.from({ length: keys }, (_, key) => [newMove(key, 'promote'), newMove(key, 'failback')]).flat()),
    attempts: () =>
      pages(
        items.map(({ key_id, mrk, region, first_call_at: started }) => ({
          step: '2-replicate',
          plan_id: planId,
          key_id,
          mrk,
          region,
          n: 1,
          operation: 'replicate',
          started_at: started ?? at(0),
          finished_at: started,
          http_status: 201,
          error_code: null,
          error_message: null,
          provider_code: null,
          request_id: 'a7f1',
          note: null,
        })),
      ),
    cells: () =>
      pages(
        items.map(({ mrk, key_arn, alias, account, primary_region, region, state, material }) => ({
          mrk,
          key_arn,
          alias,
          account,
          primary_region,
          region,
          state: state ?? 'unknown',
          code: state ?? 'unknown',
          message: 'Usable, read back from AWS.',
          member_id: `member-${mrk}-${region}`,
          key_state: 'Enabled',
          valid_to: null,
          material: { ids: material.ids },
        })),
      ),
    ...more,
  };
}

function newItem(key: number, region: string, r: number, pauses: DrillPauses): DrillItem {
  const mrk = `mrk-${sha(`key ${key}`).slice(0, 32)}`;
  const first = 3 * minute + 5_000 + (key * 2 + r) * 900;
  const usable = first + 42_000 + ((key * 7_919) % 90) * 1_000;
  const proven = 14 * minute;
  const calls =
    key % 7 === 1
      ? [
          { startedAt: t0 + first, error: 'throttled' },
          { startedAt: t0 + first + 20_000, error: null },
        ]
      : [{ startedAt: t0 + first, error: null }];
  return {
    key_id: `cckm-${key}`,
    mrk,
    key_arn: `arn:aws:kms:us-east-1:111122223333:key/${mrk}`,
    alias: `alias/prod-${['payments', 'ledger', 'cards', 'vault'][key % 4]}-${key}`,
    account: '111122223333',
    primary_region: 'us-east-1',
    origin: 'AWS_KMS',
    region,
    replica_key_id: `cckm-${key}-${region}`,
    replica_arn: `arn:aws:kms:${region}:111122223333:key/${mrk}`,
    before: 'missing',
    state: 'covered',
    code: 'covered',
    message: null,
    replication: 'succeeded',
    outcome: 'created',
    attempts: calls.length,
    error: null,
    first_call_at: at(first),
    accepted_at: at(first + 700),
    usable_at: at(usable),
    proven_at: at(proven),
    promoted_at: null,
    proven_by: 'check',
    reached_ms: proven,
    reached_by: 'proof',
    lost: lostTime(pauses, calls, t0 + proven),
    material: {
      equal: true,
      compared_by: 'current_material',
      ids: [sha(mrk)],
      primary_ids: [sha(mrk)],
      valid_to: null,
    },
    differs_in: [],
  };
}

function newMove(key: number, kind: 'promote' | 'failback'): DrillMove {
  const { key_id, mrk, key_arn, alias, account } = newItem(key, 'eu-central-1', 0, {
    declaredAt: t0,
    approvals: [],
    pauses: [],
  });
  const first = (kind === 'promote' ? 15 : 19) * minute + key * 400;
  const [from, to] = kind === 'promote' ? ['us-east-1', 'eu-central-1'] : ['eu-central-1', 'us-east-1'];
  return {
    step: kind === 'promote' ? '5-promote' : '6-failback',
    kind,
    plan_id: planId,
    key_id,
    mrk,
    key_arn,
    alias,
    account,
    from_region: from ?? '',
    region: to ?? '',
    state: 'succeeded',
    outcome: 'created',
    attempts: 1,
    error: null,
    first_call_at: at(first),
    accepted_at: at(first + 300),
    usable_at: at(first + 61_000),
    lost: { approval_ms: 0, paused_ms: 0, throttled_ms: 0, retries_ms: 0 },
  };
}

const step = (position: number, kind: string, from: number, to: number, more = {}) => ({
  position,
  id: `${position + 1}-${kind}`,
  kind,
  title: null,
  state: 'succeeded',
  started_at: at(from),
  deadline_at: at(to + 60 * minute),
  finished_at: at(to),
  plan_id: null,
  check_id: null,
  detail: {},
  error: null,
  ...more,
});

const approval = (approver: string, ms: number, spec: string, scope: string, comment: string | null) => ({
  approver,
  role: 'approver' as const,
  step: null,
  decision: 'approve' as const,
  spec_sha256: spec,
  scope_sha256: scope,
  comment,
  at: at(ms),
});

/** What an entry of the audit log says about the drill, as triggers of the database write it. */
export interface Audited {
  readonly ms: number;
  readonly caller: string;
  readonly action: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const audited = (shas: { spec_sha256: string; scope_sha256: string }): Audited[] => {
  const decided = (approver: string, ms: number, state: string): Audited => ({
    ...{ ms: ms + 12, caller: approver, action: 'drill.approve' },
    detail: { approval_id: `approval of ${approver}`, approver, decision: 'approve', state, ...shas },
  });
  const moved = (ms: number, caller: string, action: string, from: string, state: string): Audited => ({
    ...{ ms: ms + 12, caller, action },
    detail: { from, state, ...shas },
  });
  const { spec_sha256: spec } = shas;
  const what = { name: 'Evacuate us-east-1', mode: 'live', change_ticket: 'CHG-20418', spec_sha256: spec };
  const noted = { seq: 1, severity: 'warning', owner: 'Cloud platform team', due: '2026-12-15', ticket: 'OPS-311' };
  return [
    { ms: 3, caller: 'anna', action: 'drill.run', detail: what },
    moved(4_000, 'system', 'drill.awaiting_approval', 'resolving', 'awaiting_approval'),
    decided('bert', 2 * minute, 'awaiting_approval'),
    decided('carla', 3 * minute, 'running'),
    moved(5 * minute, 'anna', 'drill.pause', 'running', 'paused'),
    moved(6 * minute, 'dora', 'drill.resume', 'paused', 'running'),
    moved(24 * minute, 'system', 'drill.succeeded', 'running', 'succeeded'),
    { ms: 26 * minute, caller: 'dora', action: 'drill.finding', detail: noted },
  ];
};

/** Chained entries of the audit log. */
export function auditEntries(all: readonly Audited[]): AuditEntryView[] {
  let previous = auditGenesis;
  return all.map(({ ms, caller, action, detail }, i) => {
    const role =
      caller === 'system' ? null : action === 'drill.approve' ? ('approver' as const) : ('operator' as const);
    const entry = {
      seq: i + 1,
      at: at(ms),
      actor: { caller, role, token_id: null },
      action,
      object: { type: 'drill', id: drillId },
      outcome: 'done' as const,
      request_id: null,
      detail,
      prev_hash: previous,
    };
    previous = sha(canonical(entry));
    return { ...entry, hash: previous };
  });
}

const logged = (seq: number, ms: number, message: string, detail: Record<string, unknown>) => ({
  ...{ seq, at: at(ms), step: null, kind: 'drill', message, detail },
});

async function* pages<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  for (let from = 0; from < rows.length; from += 500) yield rows.slice(from, from + 500);
}
