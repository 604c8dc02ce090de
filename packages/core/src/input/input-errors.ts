import type { z } from 'zod';

/** One thing that is wrong with an input: where (`regions[1]`), a stable code, and what to do about it. */
export interface InputError {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  /** Of a manifest, from 1. */
  readonly line?: number | undefined;
}

/** Errors of one input that are listed; more are only counted. */
export const mostErrors = 100;

/**
 * Every issue of a failed parse as input errors, in the document's order; unknown fields each by their own name. `at`: where the
 * parsed value stands. Hints are computed only for listed errors.
 */
export function inputErrors(error: z.core.$ZodError, at: readonly PropertyKey[] = []): InputError[] {
  return error.issues.flatMap((issue, i): InputError[] => {
    const path = [...at, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: pathText([...path, key]),
        code: 'unknown_field',
        message: `Unknown field "${key}". Check its spelling, or remove it.`,
      }));
    }
    const params =
      issue.code === 'custom' ? (issue.params as { code?: string; hint?: () => string } | undefined) : undefined;
    const hint = i < mostErrors ? (params?.hint?.() ?? '') : '';
    return [{ path: pathText(path), code: params?.code ?? codeOf(issue), message: messageOf(issue) + hint }];
  });
}

function messageOf(issue: z.core.$ZodIssue): string {
  return isMissing(issue) ? `Required: give a value of type ${issue.expected}.` : issue.message;
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (isMissing(issue)) return 'required';
  return issue.code === 'custom' ? 'invalid_value' : issue.code;
}

/** The parser keeps inputs out of its issues (they may be secrets), so a missing value shows in its text only. */
function isMissing(issue: z.core.$ZodIssue): issue is z.core.$ZodIssueInvalidType {
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
}

/** `['regions', 1]` → `regions[1]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
