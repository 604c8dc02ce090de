import type { FailuresView } from '@keyferry/core';

export type FailureGroup = FailuresView['items'][number];

/** What failed with one error code, in each Region. */
export interface FailureCause {
  readonly code: string;
  readonly message: string;
  readonly whatToDo: string;
  readonly retryable: boolean;
  readonly count: number;
  readonly groups: readonly FailureGroup[];
}

/** Failures by code, the most frequent first, and so are the Regions of each. */
export function byCode(items: readonly FailureGroup[]): FailureCause[] {
  const causes = [...Map.groupBy(items, ({ code }) => code)].map(([code, groups]) => {
    const count = groups.reduce((sum, group) => sum + group.count, 0);
    const { message = '', what_to_do: whatToDo = '', retryable = false } = groups[0] ?? {};
    return { code, message, whatToDo, retryable, count, groups: groups.toSorted((a, b) => b.count - a.count) };
  });
  return causes.sort((a, b) => b.count - a.count);
}
