import { adviseUnknownField, checkInput, type InputError, manifestSpecSchema, planSpecSchema } from '@keyferry/core';
import { CliError, exitCodes } from './exit-codes.ts';
import { byLine, type Fault, faultLines } from './fault.ts';
import { type ParsedPlan, parsePlan } from './parse-plan.ts';
import { readPlanText } from './read-plan-text.ts';

/** A plan file as read, with all that is wrong with it. */
export interface PlanFile {
  readonly name: string;
  /** Null when it cannot be read as data at all. */
  readonly parsed: ParsedPlan | null;
  readonly faults: readonly Fault[];
}

/** What the caller puts in the place of the file's own fields. */
export interface PlanChanges {
  readonly name?: string | undefined;
  readonly mode?: 'preview' | undefined;
  /** Sets `options.skip_same_region`. */
  readonly skipSameRegion?: boolean | undefined;
  /** A file of rows names its keys: the plan itself names none. */
  readonly manifest?: string | undefined;
}

/** Reads a plan in YAML or JSON, `-` from standard input, and checks it as the API will. Offline; throws nothing. */
export async function readPlanFile(file: string, changes: PlanChanges = {}): Promise<PlanFile> {
  const name = file === '-' ? '(standard input)' : file;
  const read = await readPlanText(file);
  if ('fault' in read) return { name, parsed: null, faults: [read.fault] };
  const { parsed, faults } = parsePlan(read.text);
  if (parsed === null) return { name, parsed, faults };
  if (changes.name !== undefined) parsed.spec.name = changes.name;
  if (changes.mode !== undefined) parsed.spec.mode = changes.mode;
  if (changes.skipSameRegion) parsed.spec.options = skippingSameRegion(parsed.spec.options);
  const checked = checkInput(changes.manifest === undefined ? planSpecSchema : manifestSpecSchema, parsed.spec);
  const more = 'errors' in checked ? faultsOf(parsed, checked.errors) : [];
  return { name, parsed, faults: [...faults, ...more].sort(byLine) };
}

/** Options that are no object are left to be refused as they are. */
function skippingSameRegion(options: unknown): unknown {
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options)))
    return options;
  return { ...options, skip_same_region: true };
}

/** The plan of a manifest that came without a plan file. */
export function emptyPlan(changes: PlanChanges): PlanFile {
  const { parsed, faults } = parsePlan(
    JSON.stringify({
      ...{ name: changes.name, mode: changes.mode },
      ...(changes.skipSameRegion ? { options: skippingSameRegion({}) } : {}),
    }),
  );
  const checked = checkInput(manifestSpecSchema, parsed?.spec);
  const missing = parsed !== null && 'errors' in checked ? faultsOf(parsed, checked.errors) : [];
  return { name: '(command line)', parsed, faults: [...faults, ...missing] };
}

/** Reads a plan to submit it; throws all that is wrong with it, by line. */
export async function readValidPlan(
  file: string | undefined,
  changes: PlanChanges,
): Promise<PlanFile & { parsed: ParsedPlan }> {
  const { name, parsed, faults } = file === undefined ? emptyPlan(changes) : await readPlanFile(file, changes);
  if (parsed === null || faults.length > 0) throw invalidPlan(name, faults);
  return { name, parsed, faults };
}

/** The errors of the API, or of the same check done here, with where in the file they stand. */
export function faultsOf(
  parsed: ParsedPlan,
  errors: readonly InputError[],
  adviseUnknown: (path: string) => string = adviseUnknownField,
): Fault[] {
  return errors.map(({ path, code, message }) =>
    code === 'unknown_field'
      ? parsed.faultAt(path, code, `Unknown field. ${adviseUnknown(path)}`, true)
      : parsed.faultAt(path, code, advise(parsed, path, message)),
  );
}

/** What YAML itself does to a value that was meant as text, and what to do about it. */
function advise(parsed: ParsedPlan, path: string, message: string): string {
  if (/received null$/.test(message)) return 'No value. Write a value, or remove the field.';
  const source = /expected string, received (number|boolean)/.test(message) ? parsed.sourceAt(path) : null;
  return source === null ? message : `Expected a string: write it in quotes, "${source}".`;
}

export function invalidPlan(name: string, faults: readonly Fault[], what = 'plan'): CliError {
  const count = faults.length === 1 ? '1 error' : `${faults.length} errors`;
  return new CliError(exitCodes.usage, `${count} in the ${what}; nothing was submitted.`, {
    lines: faultLines(name, faults),
    errors: faults.map((fault) => ({ file: name, ...fault })),
  });
}
