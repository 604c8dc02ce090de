import { adviseUnknownField, checkInput, type InputError, scheduleSchema } from '@keyferry/core';
import { byLine, type Fault } from './fault.ts';
import { type ParsedPlan, parsePlan } from './parse-plan.ts';
import { faultsOf } from './plan-file.ts';
import { readPlanText } from './read-plan-text.ts';

const fields = Object.keys(scheduleSchema.shape);
const inPlan = 'plan.';

/** A schedule file as read, with all that is wrong with it; null when it cannot be read as data at all. */
export interface ScheduleFile {
  readonly name: string;
  readonly parsed: ParsedPlan | null;
  readonly faults: readonly Fault[];
}

/** Reads a schedule in YAML or JSON, `-` from standard input, and checks it as the API will. Offline; throws nothing. */
export async function readScheduleFile(file: string): Promise<ScheduleFile> {
  const name = file === '-' ? '(standard input)' : file;
  const read = await readPlanText(file);
  if ('fault' in read) return { name, parsed: null, faults: [read.fault] };
  const { parsed, faults } = parsePlan(
    read.text,
    'This is not a schedule. Write "name:", "cron:", "time_zone:" and "plan:".',
    'Schedule',
  );
  if (parsed === null) return { name, parsed, faults };
  const checked = checkInput(scheduleSchema, parsed.spec);
  const more = 'errors' in checked ? scheduleFaults(parsed, checked.errors) : [];
  return { name, parsed, faults: [...faults, ...more].sort(byLine) };
}

/** The errors of the API, or of the same check done here, with where in the file they stand. */
export function scheduleFaults(parsed: ParsedPlan, errors: readonly InputError[]): Fault[] {
  return faultsOf(parsed, errors, (path) =>
    path.startsWith(inPlan) ? adviseUnknownField(path.slice(inPlan.length)) : `Known: ${fields.join(', ')}.`,
  );
}
