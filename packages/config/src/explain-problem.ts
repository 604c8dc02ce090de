/** A variable that cannot be used: what it may be, and what it is. */
export interface VariableProblem {
  readonly name: string;
  /** Begins with "expected": the form or range. */
  readonly expected: string;
  /** The value that is wrong: all of the variable, or the entry of a list. */
  readonly given: string;
  /** The value must not be repeated. */
  readonly secret: boolean;
  /** It was read from the file that this variable names. */
  readonly fileVariable: string | null;
}

const longest = 120;

/** One line for a person: the variable, what it may be, and what it is unless that is a secret. */
export function explainProblem({ name, expected, given, secret, fileVariable }: VariableProblem): string {
  const from = fileVariable === null ? '' : ` (read from ${fileVariable})`;
  const got = secret ? 'the value is secret and not shown' : `got ${shown(given)}`;
  return `${name}${from}: ${expected}; ${got}.`;
}

/** A value in quotes: on one line, cut where it is long, without a login that stands in an address. */
export function shown(value: string): string {
  const safe = value.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/gi, '$1***@');
  return JSON.stringify(safe.length > longest ? `${safe.slice(0, longest)}…` : safe);
}
