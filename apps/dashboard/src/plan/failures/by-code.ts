import type { FailuresView } from '@keyferry/core';

export type FailureGroup = FailuresView['items'][number];
export type FailedKey = NonNullable<FailuresView['by_key']>[number];

/** What failed with one error code: by Region, and by key where the key is the cause. */
export interface FailureCause {
  readonly code: string;
  readonly message: string;
  readonly whatToDo: string;
  readonly retryable: boolean;
  readonly count: number;
  readonly groups: readonly FailureGroup[];
  readonly keys: readonly FailedKey[];
  /** Replicas beyond those of these keys. */
  readonly beyondKeys: number;
}

/** Failures by code, the most frequent first, and so are the Regions of each. */
export function byCode({ items, by_key: byKey = [] }: Pick<FailuresView, 'items' | 'by_key'>): FailureCause[] {
  const causes = [...Map.groupBy(items, ({ code }) => code)].map(([code, groups]): FailureCause => {
    const count = groups.reduce((sum, group) => sum + group.count, 0);
    const { message = '', what_to_do: whatToDo = '', retryable = false } = groups[0] ?? {};
    const keys = byKey.filter((key) => key.code === code);
    const ofKeys = keys.reduce((sum, { failed, blocked }) => sum + failed + blocked, 0);
    return {
      ...{ code, message, whatToDo, retryable, count, keys },
      groups: groups.toSorted((a, b) => b.count - a.count),
      beyondKeys: Math.max(0, count - ofKeys),
    };
  });
  return causes.sort((a, b) => b.count - a.count);
}
