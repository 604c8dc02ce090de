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
    scope: scopeViewSchema.describe('That of who made it; its plans have the same'),
    created_by: z.string(),
    created_at: time,
    updated_by: z.string().describe('Who wrote what it says now; its plans are submitted in this name'),
    updated_at: time,
    next_run_at: time.nullable().describe('Null while it is not enabled'),
    last_run_at: time.nullable(),
    last_plan_id: z.uuid().nullable(),
    last_skipped_at: time.nullable(),
    last_skip_reason: z.string().nullable(),
    last_error: z
      .object({ at: time, errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })) })
      .nullable()
      .describe('Why the last run made no plan; null once one did'),
  })
  .meta({ id: 'Schedule' });

export type ScheduleView = z.infer<typeof scheduleViewSchema>;
