import { checkInput, type InputError, runbookSchema, stepKinds } from '@keyferry/core';
import { byLine, type Fault } from '../fault.ts';
import { type ParsedPlan, parsePlan } from '../parse-plan.ts';
import { faultsOf } from '../plan-file.ts';
import { readPlanText } from '../read-plan-text.ts';

/** A runbook as read, with all that is wrong with it; null when it cannot be read as data at all. */
export interface RunbookFile {
  readonly name: string;
  readonly parsed: ParsedPlan | null;
  readonly faults: readonly Fault[];
}

/** Reads a runbook in YAML or JSON, `-` from standard input, and checks it as the API will. Offline; throws nothing. */
export async function readRunbookFile(file: string): Promise<RunbookFile> {
  const name = file === '-' ? '(standard input)' : file;
  const read = await readPlanText(file);
  if ('fault' in read) return { name, parsed: null, faults: [read.fault] };
  const { parsed, faults } = parsePlan(
    read.text,
    'This is not a runbook. Write "name:", "scenario:", "regions:" and "steps:".',
    'Drill',
  );
  if (parsed === null) return { name, parsed, faults };
  const checked = checkInput(runbookSchema, parsed.spec);
  const more = 'errors' in checked ? runbookFaults(parsed, checked.errors) : [];
  return { name, parsed, faults: [...faults, ...more].sort(byLine) };
}

/** The errors of the API, or of the same check done here, with where in the file they stand. */
export function runbookFaults(parsed: ParsedPlan, errors: readonly InputError[]): Fault[] {
  return faultsOf(parsed, errors, (path) =>
    path.startsWith('steps[')
      ? `Steps are ${stepKinds.join(', ')}; docs/how-to/drills.md lists the fields of each.`
      : 'docs/how-to/drills.md lists the fields of a runbook.',
  );
}
