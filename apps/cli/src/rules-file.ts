import {
  type ApprovalRulesFile,
  approvalRuleSchema,
  approvalRulesFileSchema,
  checkInput,
  type InputError,
} from '@keyferry/core';
import { byLine, type Fault } from './fault.ts';
import { type ParsedPlan, parsePlan } from './parse-plan.ts';
import { faultsOf, invalidPlan } from './plan-file.ts';
import { readPlanText } from './read-plan-text.ts';

const fields = [...Object.keys(approvalRulesFileSchema.shape), ...Object.keys(approvalRuleSchema.shape)];

export interface RulesFile {
  readonly name: string;
  readonly parsed: ParsedPlan;
  readonly data: ApprovalRulesFile;
}

/** Reads approval rules in YAML or JSON, `-` from standard input, and checks them as the API will. Throws CliError. */
export async function readRulesFile(file: string): Promise<RulesFile> {
  const name = file === '-' ? '(standard input)' : file;
  const read = await readPlanText(file);
  if ('fault' in read) throw invalidPlan(name, [read.fault], 'rules');
  const { parsed, faults } = parsePlan(
    read.text,
    'These are not approval rules. Write "rules:" and a list, "[]" for none.',
    'ApprovalRules',
  );
  if (parsed === null) throw invalidPlan(name, faults, 'rules');
  const checked = checkInput(approvalRulesFileSchema, parsed.spec);
  const more = 'errors' in checked ? rulesFaults(parsed, checked.errors) : [];
  const all = [...faults, ...more].sort(byLine);
  if (all.length > 0 || 'errors' in checked) throw invalidPlan(name, all, 'rules');
  return { name, parsed, data: checked.data };
}

/** The errors of the API, or of the same check done here, with where in the file they stand. */
export function rulesFaults(parsed: ParsedPlan, errors: readonly InputError[]): Fault[] {
  return faultsOf(parsed, errors, () => `Known: ${fields.join(', ')}.`);
}
