import { ProblemError } from '@keyferry/client';
import type { InputError } from '@keyferry/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';

interface CheckedForm {
  /** What is wrong with the values as they are now, by the rules of the API itself. */
  readonly errors: readonly InputError[];
  /** Why the API refused them, by its own names of the fields. */
  readonly refusal: unknown;
  readonly send: () => void;
}

/**
 * A form that is checked when it is sent: what is wrong then stands at its field, the first such field gets the focus, and nothing
 * that was filled in is lost.
 */
export function useCheckedForm({ errors, refusal, send }: CheckedForm) {
  const ref = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  const refused = refusal instanceof ProblemError ? (refusal.problem.errors ?? []) : [];
  const shown = tries === 0 ? [] : errors.length > 0 ? errors : refused;
  // After each try, and after each refusal.
  useEffect(() => {
    ref.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-wrong]')?.focus();
  }, [tries, refusal]);
  return {
    form: {
      ref,
      noValidate: true,
      onSubmit: (event: FormEvent) => {
        event.preventDefault();
        setTries((before) => before + 1);
        if (errors.length === 0) send();
      },
    },
    /** What is wrong at a field, or within it. */
    error: (path: string) => shown.find((one) => isWithin(one.path, path))?.message,
  };
}

function isWithin(inner: string, path: string): boolean {
  return inner === path || inner.startsWith(`${path}.`) || inner.startsWith(`${path}[`);
}
