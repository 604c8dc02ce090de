import { z } from 'zod';
import { drillStates } from '../drill/life.ts';
import { planStates } from '../plan/life.ts';
import { countsViewSchema } from '../replica/counts.ts';
import { drillEventTypes, drillNoticeType, planEventTypes, testEventType } from './event-types.ts';

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');

/** A plan as it stood when the event happened: without its spec, so without any key policy. */
export const planEventDataSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    mode: z.enum(['execute', 'preview']),
    state: z.enum(planStates),
    reason: z.string().nullable(),
    change_ticket: z.string().nullable(),
    created_by: z.string(),
    spec_sha256: z.string(),
    resolved_sha256: z.string().nullable(),
    approvals_required: z.int().min(0),
    schedule_id: z.uuid().nullable(),
    scheduled_for: time.nullable(),
    created_at: time,
    started_at: time.nullable(),
    finished_at: time.nullable().describe('Null in a cancelled plan whose last replicas are still in flight'),
    counts: countsViewSchema,
  })
  .meta({ id: 'PlanEventData' });

/** A drill as it stood when the event happened: of its runbook only what names it. */
export const drillEventDataSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    scenario: z.string(),
    mode: z.enum(['live', 'rehearse']),
    state: z.enum(drillStates),
    reason: z.string().nullable(),
    change_ticket: z.string().nullable(),
    created_by: z.string(),
    spec_sha256: z.string(),
    scope_sha256: z.string().nullable().describe('Null until its keys are known'),
    approvals_required: z.int().min(0),
    broken_glass: z.boolean().describe('It went on without its approvals'),
    keys: z.int().min(0).nullable(),
    declared_at: time,
    approved_at: time.nullable(),
    started_at: time.nullable(),
    finished_at: time.nullable(),
    current_step: z.string().nullable(),
  })
  .meta({ id: 'DrillEventData' });

const attributes = {
  specversion: z.literal('1.0'),
  id: z.uuid().describe('The same at every attempt, and in the header webhook-id'),
  source: z.string().describe('KEYFERRY_PUBLIC_URL, or urn:keyferry where that is not set'),
  time,
  sequence: z.string().describe('Grows with the time of the events of a subject; compare as text'),
  datacontenttype: z.literal('application/json'),
};

/** What a receiver is sent: CloudEvents 1.0, structured JSON. */
export const cloudEventSchema = z
  .discriminatedUnion('type', [
    z.object({
      ...attributes,
      type: z.enum(planEventTypes),
      subject: z.uuid().describe('The plan'),
      data: planEventDataSchema,
    }),
    z.object({
      ...attributes,
      type: z.enum(drillEventTypes),
      subject: z.uuid().describe('The drill'),
      data: drillEventDataSchema,
    }),
    z.object({
      ...attributes,
      type: z.literal(drillNoticeType),
      subject: z.uuid().describe('The drill'),
      data: drillEventDataSchema.extend({ step: z.string(), message: z.string() }),
    }),
    z.object({
      ...attributes,
      type: z.literal(testEventType),
      subject: z.uuid().describe('The webhook'),
      data: z.object({ name: z.string().describe('Of the webhook'), sent_by: z.string() }),
    }),
  ])
  .meta({ id: 'CloudEvent' });

/** An event as it is kept until it is delivered. */
export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly sequence: bigint;
  readonly time: Date;
  readonly data: unknown;
}

/** The body of a delivery: the same text at every attempt. */
export function cloudEventBody(event: WebhookEvent, source: string): string {
  return JSON.stringify({
    specversion: '1.0',
    id: event.id,
    source,
    type: event.type,
    subject: event.subject,
    time: event.time.toISOString(),
    sequence: sequenceText(event.sequence),
    datacontenttype: 'application/json',
    data: event.data,
  });
}

/** The extension `sequence` of CloudEvents is compared as text: hence the zeros. */
export function sequenceText(sequence: bigint): string {
  return String(sequence).padStart(19, '0');
}
