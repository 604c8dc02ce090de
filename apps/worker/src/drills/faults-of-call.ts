import { type StepOf, writtenSecrets } from '@keyferry/core';
import { faultOfCheckToken, faultOfUrl } from '@keyferry/webhook';
import type { DrillContext } from './drill-context.ts';

/** Why a check must not be called as its step says; empty: it may be. Settings may have changed since the step was written. */
export function faultsOfCall(
  spec: StepOf<'http'>,
  { webhooks, checkTokens }: DrillContext['config'],
): readonly { readonly code: string; readonly message: string }[] {
  const address = faultOfUrl(spec.url, webhooks);
  const token = faultOfCheckToken(spec, checkTokens);
  return [
    ...writtenSecrets(spec),
    ...(address === null ? [] : [{ code: 'forbidden_address', message: address }]),
    ...(token ? [token] : []),
  ];
}
