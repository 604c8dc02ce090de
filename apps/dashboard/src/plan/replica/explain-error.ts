import { errorCatalogue, type ReplicaErrorView, warningCatalogue } from '@keyferry/core';

interface Explained {
  /** What the code means. */
  readonly title: string;
  /** What was said in this very case. */
  readonly message: string;
  /** Null for a code that is newer than this page. */
  readonly advice: string | null;
}

/** An error with what it means and what a person does about it. */
export function explainError({ code, message }: Pick<ReplicaErrorView, 'code' | 'message'>): Explained {
  return explain(errorCatalogue, code, message);
}

/** A warning of preflight, likewise. */
export function explainWarning({ code, message }: { readonly code: string; readonly message: string }): Explained {
  return explain(warningCatalogue, code, message);
}

function explain(
  catalogue: Readonly<Record<string, { readonly title: string; readonly operatorAdvice: string }>>,
  code: string,
  message: string,
): Explained {
  const rule = Object.hasOwn(catalogue, code) ? catalogue[code] : undefined;
  if (!rule) return { title: code, message, advice: null };
  const { title, operatorAdvice: advice } = rule;
  // What preflight found says its advice in the message too.
  const own = message.endsWith(advice) ? message.slice(0, -advice.length).trim() : message;
  return { title, message: own === title ? '' : own, advice };
}
