import { errorCatalogue } from '../errors/catalogue.ts';
import type { ReplicaLife } from './life.ts';

/**
 * What a row becomes whose outcome Postgres refuses for good: `failed`, with nothing of that outcome but that there was a
 * call. The call may have made the replica, so a retry asks CCKM first. `sqlState` is null where the error had none.
 */
export function afterRefusedWrite(
  row: Pick<ReplicaLife, 'attempts'>,
  changes: Partial<ReplicaLife>,
  now: Date,
  sqlState: string | null,
): Partial<ReplicaLife> {
  const { title, operatorAdvice } = errorCatalogue.outcome_not_stored;
  const why = sqlState === null ? '' : ` (SQLSTATE ${sqlState})`;
  return {
    state: 'failed',
    attempts: row.attempts + ((changes.attempts ?? 0) > row.attempts ? 1 : 0),
    error: {
      code: 'outcome_not_stored',
      message: `${title.replace(/\.$/, '')}${why}. ${operatorAdvice}`,
      http_status: null,
      retryable: false,
      provider_code: null,
    },
    lost_answer: true,
    lost_call_at: now,
    unsettled_since: null,
    next_look_at: null,
  };
}
