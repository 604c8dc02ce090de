import { type CallFailure, errorRule, lostPrimary, regionOfEndpoint } from '@keyferry/core';
import type { CallKind } from '@keyferry/store';

/** Adds to a failure that speaks of the primary's Region what is lost with it. */
export function withLostPrimary(failure: CallFailure, kind: CallKind, region: string): CallFailure {
  const { code, message } = failure;
  const ofPrimary =
    kind === 'promote'
      ? errorRule(code).outage === 'lane'
      : code === 'kms_unreachable' && regionOfEndpoint(message) === region;
  return ofPrimary ? { ...failure, message: `${message} If it continues: ${lostPrimary(region)}` } : failure;
}
