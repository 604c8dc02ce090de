/** One thing that is wrong with a plan file, and where. Lines and columns count from 1; null: the file as a whole. */
export interface Fault {
  readonly line: number | null;
  readonly column: number | null;
  /** `regions[1]`; empty for the plan as a whole. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** `file:line:column: path: message (code)`, as compilers and editors know it. */
export function faultLine(file: string, { line, column, path, code, message }: Fault): string {
  const place = [file, line, column].filter((part) => part !== null).join(':');
  return `${place}: ${path === '' ? '' : `${path}: `}${message} (${code})`;
}

/** In the order of lines. */
export function byLine(a: Fault, b: Fault): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** The first of a list of faults, one a line; a file that was written by a program may have one in every line. */
export function faultLines(file: string, faults: readonly Fault[], limit = 50): string[] {
  const shown = faults.slice(0, limit).map((fault) => faultLine(file, fault));
  return faults.length > limit ? [...shown, `${file}: … and ${faults.length - limit} more`] : shown;
}
