import { z } from 'zod';
import { scopeViewSchema } from '../access/scope.ts';

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');

export const scheduleViewSchema = z
  .object({
    id: z.uuid().describe('UUIDv7'),
    name: z.string(),
    cron: z.string(),
    time_zone: z.string(),
    plan: z.record(z.string(), z.unknown()),
    enabled: z.boolean(),
    overlap: z.enum(['skip', 'allow']),
    scope: scopeViewSchema.describe('Scope of its creator; its plans have the same scope'),
    created_by: z.string(),
    created_at: time,
    updated_by: z.string().describe('Who changed it last; its plans are submitted as this caller'),
    updated_at: time,
    next_run_at: time.nullable().describe('Null: not enabled'),
    last_run_at: time.nullable(),
    last_plan_id: z.uuid().nullable(),
    last_skipped_at: time.nullable(),
    last_skip_reason: z.string().nullable(),
    last_error: z
      .object({ at: time, errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })) })
      .nullable()
      .describe('Why the last run submitted no plan; null: it did'),
  })
  .meta({ id: 'Schedule' });

export type ScheduleView = z.infer<typeof scheduleViewSchema>;
