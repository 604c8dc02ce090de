/** What a file holds, as its field `kind` may say, and the command that takes it. */
export const fileKinds = {
  Plan: 'keyferry plan submit -f',
  Drill: 'keyferry drill run -f',
  Schedule: 'keyferry schedule create -f',
  CoveragePolicy: 'keyferry coverage apply -f',
  ApprovalRules: 'keyferry rules apply -f',
} as const;
export type FileKind = keyof typeof fileKinds;

/** The field in a JSON Schema of such files. */
export const kindField = (kind: FileKind) => ({
  title: 'Kind of file',
  const: kind,
  description: 'The kind of this file. A command refuses files of another kind.',
});

/** What is wrong with the kind of a file that is to be of another one; null: nothing, as where it says none. */
export function kindError(found: unknown, expected: FileKind): string | null {
  if (found === undefined || found === expected) return null;
  const command = typeof found === 'string' && Object.hasOwn(fileKinds, found) ? fileKinds[found as FileKind] : null;
  if (command === null) return `Unknown kind ${JSON.stringify(found)}. Write "kind: ${expected}", or remove it.`;
  return `This file is a ${found}, not a ${expected}. Use it with: ${command} FILE`;
}
