import { z } from 'zod';
import { type PlanSpec, planSpecSchema } from '../plan/spec.ts';
import { clockAt, timeZoneSchema } from '../time/time-zone.ts';
import { cronFault } from './cron.ts';

export const cronSchema = z.string().superRefine((cron, context) => {
  const message = cronFault(cron);
  if (message !== null) context.addIssue({ code: 'custom', params: { code: 'invalid_cron' }, message });
});

/** What is added to the name of a plan for each of its runs. */
const runName = (at: Date, timeZone: string): string =>
  ` ${clockAt(at, timeZone).toString({ smallestUnit: 'minute' }).replace('T', ' ')}`;

const longestName = 200 - ' 2026-11-29 02:00'.length;

/** A plan that is submitted again and again. */
export const scheduleSchema = z
  .strictObject({
    name: z.string().trim().min(1, 'A schedule needs a name.').max(200),
    cron: cronSchema.describe('Five fields: minute, hour, day of the month, month, day of the week. `0 2 * * sun`'),
    time_zone: timeZoneSchema.describe('The IANA time zone of `cron`, with daylight saving'),
    plan: planSpecSchema.describe('The plan of each run. Its Region groups are resolved at each run'),
    enabled: z.boolean().default(true).describe('false: runs by hand only'),
    overlap: z
      .enum(['skip', 'allow'])
      .default('skip')
      .describe('While an earlier plan of the schedule is unfinished: `skip` the run, or `allow` both'),
  })
  .superRefine(({ plan }, context) => {
    if (plan.options.start_at !== null) {
      context.addIssue({
        code: 'custom',
        path: ['plan', 'options', 'start_at'],
        params: { code: 'mutually_exclusive' },
        message: '`cron` sets when the plan starts: remove `start_at`.',
      });
    }
    if (plan.name.length > longestName) {
      context.addIssue({
        code: 'custom',
        path: ['plan', 'name'],
        params: { code: 'too_big' },
        message: `Each run adds its date to the name, so it has at most ${longestName} characters.`,
      });
    }
  });

/** A valid schedule with its defaults filled in. */
export type Schedule = z.infer<typeof scheduleSchema>;
export type ScheduleInput = z.input<typeof scheduleSchema>;

/** The plan of one run: the schedule's, with the date and time of the run in its name. */
export function planOfRun({ plan, time_zone }: Pick<Schedule, 'plan' | 'time_zone'>, at: Date): PlanSpec {
  return { ...plan, name: `${plan.name}${runName(at, time_zone)}` };
}
