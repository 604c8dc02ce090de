import type { ResolvedKey, Target } from '@keyferry/core';
import type { PendingKey } from '@keyferry/store';

/** A key of a plan, and the Regions that it goes into. */
export interface KeyWithTargets {
  readonly resolved: ResolvedKey;
  readonly targets: readonly Target[];
  /** As the rows of the plan have it, where they are checked again. */
  readonly before?: Pick<PendingKey, 'key_id' | 'named_as'>;
}
