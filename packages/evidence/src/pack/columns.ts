import type { DrillItem, DrillMove } from '@keyferry/core';
import { canonical } from '../canonical.ts';
import type { EvidenceAttempt, EvidenceCell, EvidenceFinding } from '../drill-evidence.ts';

/** The columns of the CSV files, in order: a name, and what stands there. Part of the format, only added to. */

type Cell = string | number | boolean | null;
export type Columns<Row> = readonly (readonly [name: string, cell: (row: Row) => Cell])[];

const fields = <Row, Name extends keyof Row & string>(
  ...names: (Row[Name] extends Cell ? Name : never)[]
): Columns<Row> => names.map((name) => [name, (row: Row) => row[name] as Cell]);

type Done = Pick<DrillItem, 'attempts' | 'error' | 'first_call_at' | 'accepted_at' | 'usable_at' | 'lost'>;

const error: Columns<Done> = [
  ['error_code', ({ error }) => error?.code ?? null],
  ['error_message', ({ error }) => error?.message ?? null],
  ['error_provider_code', ({ error }) => error?.provider_code ?? null],
];

const lost: Columns<Done> = [
  ['lost_approval_ms', ({ lost }) => lost.approval_ms],
  ['lost_paused_ms', ({ lost }) => lost.paused_ms],
  ['lost_throttled_ms', ({ lost }) => lost.throttled_ms],
  ['lost_retries_ms', ({ lost }) => lost.retries_ms],
];

export const itemColumns: Columns<DrillItem> = [
  ...fields<DrillItem, 'key_arn' | 'mrk' | 'key_id' | 'alias' | 'account' | 'primary_region' | 'origin' | 'region'>(
    'key_arn',
    'mrk',
    'key_id',
    'alias',
    'account',
    'primary_region',
    'origin',
    'region',
  ),
  ...fields<DrillItem, 'replica_arn' | 'replica_key_id' | 'before' | 'state' | 'code' | 'message' | 'replication'>(
    'replica_arn',
    'replica_key_id',
    'before',
    'state',
    'code',
    'message',
    'replication',
  ),
  ...fields<DrillItem, 'outcome' | 'attempts'>('outcome', 'attempts'),
  ...error,
  ['t2_first_call_at', ({ first_call_at }) => first_call_at],
  ['t3_accepted_at', ({ accepted_at }) => accepted_at],
  ['t4_usable_at', ({ usable_at }) => usable_at],
  ['t5_proven_at', ({ proven_at }) => proven_at],
  ...fields<DrillItem, 'proven_by' | 'reached_ms'>('proven_by', 'reached_ms'),
  ...lost,
  ['material_equal', ({ material }) => material.equal],
  ['material_compared_by', ({ material }) => material.compared_by],
  ['material_ids', ({ material }) => material.ids.join(' ')],
  ['material_valid_to', ({ material }) => material.valid_to],
  ['differs_in', ({ differs_in: properties }) => properties.join(' ')],
  ['promoted_at', ({ promoted_at }) => promoted_at],
  ['reached_by', ({ reached_by }) => reached_by],
];

export const moveColumns: Columns<DrillMove> = [
  ...fields<DrillMove, 'step' | 'kind' | 'plan_id' | 'key_arn' | 'mrk' | 'key_id' | 'alias' | 'account'>(
    'step',
    'kind',
    'plan_id',
    'key_arn',
    'mrk',
    'key_id',
    'alias',
    'account',
  ),
  ...fields<DrillMove, 'from_region' | 'region' | 'state' | 'outcome' | 'attempts'>(
    'from_region',
    'region',
    'state',
    'outcome',
    'attempts',
  ),
  ...error,
  ['first_call_at', ({ first_call_at }) => first_call_at],
  ['accepted_at', ({ accepted_at }) => accepted_at],
  ['confirmed_at', ({ usable_at }) => usable_at],
  ...lost,
];

export const attemptColumns: Columns<EvidenceAttempt> = fields<EvidenceAttempt, keyof EvidenceAttempt>(
  'step',
  'plan_id',
  'key_id',
  'mrk',
  'region',
  'n',
  'operation',
  'started_at',
  'finished_at',
  'http_status',
  'error_code',
  'error_message',
  'provider_code',
  'request_id',
  'note',
);

export const cellColumns: Columns<EvidenceCell> = [
  ...fields<EvidenceCell, Exclude<keyof EvidenceCell, 'material'>>(
    'key_arn',
    'mrk',
    'alias',
    'account',
    'primary_region',
    'region',
    'state',
    'code',
    'message',
    'member_id',
    'key_state',
    'valid_to',
  ),
  ['material', ({ material }) => (material === null ? null : canonical(material))],
];

export const findingColumns: Columns<EvidenceFinding> = fields<EvidenceFinding, keyof EvidenceFinding>(
  'seq',
  'severity',
  'code',
  'message',
  'step',
  'owner',
  'due',
  'ticket',
);
