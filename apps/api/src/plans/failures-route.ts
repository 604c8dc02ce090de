import { type ErrorCode, errorRule, type FailuresView } from '@keyferry/core';
import { type FailedKey, type FailureGroup, readFailedKeys, readFailures, type Store } from '@keyferry/store';
import { routes } from '../http/operation-routes.ts';
import { shareAnswers } from '../http/shared-answers.ts';
import { mustReadStatus } from './find-plan.ts';

const mostAccounts = 20;
const mostKeys = 100;

/** What failed in a plan or is blocked, by cause and Region, with the fix; where the cause is the key, by key too. */
export function failuresRoute(store: Store) {
  const share = shareAnswers();

  return routes({
    'GET /v1/plans/{id}/failures': async ({ id, response }) => {
      const text = await share(id, async () => {
        await mustReadStatus(store, id);
        const items = (await readFailures(store, id, mostAccounts)).map(itemOf);
        const total = items.reduce((sum, { count }) => sum + count, 0);
        const by_key = (await readFailedKeys(store, id, mostKeys)).map(keyOf);
        return JSON.stringify({ total, items, by_key } satisfies FailuresView);
      });
      return response.type('json').send(text);
    },
  });
}

function itemOf(group: FailureGroup): FailuresView['items'][number] {
  const {
    code,
    region,
    failed,
    blocked,
    accounts,
    account_count: accountCount,
    example_id: exampleId,
    example_message: exampleMessage,
  } = group;
  const rule = errorRule(code as ErrorCode);
  return {
    code,
    region,
    count: failed + blocked,
    failed,
    blocked,
    message: rule?.title ?? code,
    what_to_do: rule?.operatorAdvice ?? '',
    retryable: rule !== undefined && rule.verdict !== 'final',
    accounts: [...accounts],
    account_count: accountCount,
    example: { replica_id: exampleId, message: exampleMessage },
  };
}

function keyOf({
  example_id,
  example_message,
  regions,
  ...key
}: FailedKey): NonNullable<FailuresView['by_key']>[number] {
  return { ...key, regions: [...regions], example: { replica_id: example_id, message: example_message } };
}
