import type { z } from 'zod';
import { type InputError, inputErrors } from './input-errors.ts';
import { tooMany } from './too-many.ts';
import { unstorable } from './unstorable.ts';

/** An input as its schema shapes it, or everything that is wrong with it. */
export type CheckedInput<T> = { readonly data: T } | { readonly errors: InputError[] };

/** Checks an input from outside: what its schema says, and what holds for any input. */
export function checkInput<S extends z.ZodType>(schema: S, input: unknown): CheckedInput<z.output<S>> {
  const odd = unstorable(input);
  // What is nested too deep is looked at no further.
  if (odd.some(({ code }) => code === 'too_deep')) return { errors: odd };
  const more = tooMany(schema, input);
  if (more.length > 0) return { errors: [...odd, ...more] };
  const parsed = schema.safeParse(input);
  const errors = [...odd, ...(parsed.success ? [] : inputErrors(parsed.error))];
  return parsed.success && errors.length === 0 ? { data: parsed.data } : { errors };
}
