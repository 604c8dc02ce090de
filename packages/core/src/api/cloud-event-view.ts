import { z } from 'zod';
import { drillEventTypes, drillNoticeType, planEventTypes, testEventType } from '../webhook/event-types.ts';
import { drillShape } from './drill-views.ts';
import { planViewSchema } from './views.ts';

/*
 * What webhooks are sent. A field that a plan or a drill has in the API too is the same there: plan_event_data() and
 * drill_event_data() write it, in the transaction of the change, and a test compares them with the API's answers.
 */

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const reason = z
  .string()
  .nullable()
  .describe('The reason that was recorded with the state; `GET` also says why it waits');

export const planEventDataSchema = planViewSchema
  .pick({
    ...{ id: true, name: true, mode: true, state: true, created_by: true, spec_sha256: true, resolved_sha256: true },
    ...{ approvals_required: true, schedule_id: true, scheduled_for: true, created_at: true, started_at: true },
    ...{ finished_at: true, counts: true },
  })
  .extend({ reason, change_ticket: z.string().nullable() })
  .meta({
    id: 'PlanEventData',
    description: 'The plan at the time of the event, without its spec and so without key policies',
  });

export const drillEventDataSchema = drillShape
  .pick({
    ...{ id: true, name: true, scenario: true, mode: true, state: true, change_ticket: true, created_by: true },
    ...{ spec_sha256: true, scope_sha256: true, approvals_required: true, keys: true, declared_at: true },
    ...{ approved_at: true, started_at: true, finished_at: true, current_step: true },
  })
  .extend({ reason, broken_glass: z.boolean().describe('true: it continued without its approvals (break-glass)') })
  .meta({
    id: 'DrillEventData',
    description: 'The drill at the time of the event, without its runbook',
  });

const attributes = {
  specversion: z.literal('1.0'),
  id: z.uuid().describe('The same for every attempt, and in the header webhook-id'),
  source: z.string().describe('KEYFERRY_PUBLIC_URL, or urn:keyferry if that is not set'),
  time,
  sequence: z.string().describe('Increases with the time of the events of a subject; compare as strings'),
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
      data: z.object({ name: z.string().describe('Name of the webhook'), sent_by: z.string() }),
    }),
  ])
  .meta({ id: 'CloudEvent' });
