import { readFileSync } from 'node:fs';
import { type InputError, inputErrors, planSpecSchema } from '@keyferry/core';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { CliError, exitCodes } from './exit-codes.ts';

/** A plan file as read, with where each of its values stands. */
export interface PlanFile {
  readonly name: string;
  readonly spec: Record<string, unknown>;
  /** `file:line:column` of the value at a path such as `regions[1]`, or of what holds it. */
  locate(path: string): string;
}

/** Reads a plan in YAML or JSON (which is YAML); `-` is standard input. Throws what is wrong with it, by line. */
export function readPlanFile(file: string): PlanFile {
  const name = file === '-' ? '(standard input)' : file;
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new CliError(exitCodes.usage, `${name} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    const told = document.errors.map((error) => `${place(error.pos[0])}  ${error.message}`);
    throw new CliError(exitCodes.usage, `${name} is not valid YAML or JSON:\n${told.join('\n')}`);
  }
  const spec: unknown = document.toJS({ maxAliasCount: 100 });
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw new CliError(exitCodes.usage, `${name} does not hold a plan: write "name:", "keys:" and "regions:".`);
  }
  return { name, spec: spec as Record<string, unknown>, locate: (path) => place(offsetOf(document, path)) };
}

/** Where the value of a path begins; where it is missing, what would hold it. */
function offsetOf(document: Document, path: string): number {
  const parts = [...path.matchAll(/[^.[\]]+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part));
  for (let length = parts.length; length > 0; length -= 1) {
    const node = document.getIn(parts.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

/** Checks a plan as the API will; throws all that is wrong, each with its line. */
export function checkPlan(file: PlanFile): void {
  const parsed = planSpecSchema.safeParse(file.spec);
  if (!parsed.success) throw invalidPlan(file, inputErrors(parsed.error));
}

export function invalidPlan(file: PlanFile, errors: readonly InputError[]): CliError {
  const told = errors.map(({ path, message }) => `  ${file.locate(path)}  ${path ? `${path}: ` : ''}${message}`);
  const count = errors.length === 1 ? 'One thing is' : `${errors.length} things are`;
  return new CliError(exitCodes.usage, `${count} wrong with the plan; nothing was submitted.\n${told.join('\n')}`);
}
