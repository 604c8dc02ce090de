import { adviseUnknownField, checkInput, coveragePolicySchema, type InputError } from '@keyferry/core';
import { byLine, type Fault } from './fault.ts';
import { type ParsedPlan, parsePlan } from './parse-plan.ts';
import { faultsOf } from './plan-file.ts';
import { readPlanText } from './read-plan-text.ts';

const fields = Object.keys(coveragePolicySchema.shape);

/** A coverage policy file as read, with all that is wrong with it; null when it cannot be read as data at all. */
export interface PolicyFile {
  readonly name: string;
  readonly parsed: ParsedPlan | null;
  readonly faults: readonly Fault[];
}

/** Reads a coverage policy in YAML or JSON, `-` from standard input, and checks it as the API will. Throws nothing. */
export async function readPolicyFile(file: string): Promise<PolicyFile> {
  const name = file === '-' ? '(standard input)' : file;
  const read = await readPlanText(file);
  if ('fault' in read) return { name, parsed: null, faults: [read.fault] };
  const { parsed, faults } = parsePlan(
    read.text,
    'This is not a policy. Write "name:", "selector:" and "regions:".',
    'CoveragePolicy',
  );
  if (parsed === null) return { name, parsed, faults };
  const checked = checkInput(coveragePolicySchema, parsed.spec);
  const more = 'errors' in checked ? policyFaults(parsed, checked.errors) : [];
  return { name, parsed, faults: [...faults, ...more].sort(byLine) };
}

/** The errors of the API, or of the same check done here, with where in the file they stand. */
export function policyFaults(parsed: ParsedPlan, errors: readonly InputError[]): Fault[] {
  return faultsOf(parsed, errors, (path) =>
    path.includes('.') ? adviseUnknownField(path) : `Known: ${fields.join(', ')}.`,
  );
}
