import type { ErrorCode } from './catalogue.ts';

/**
 * A call to which no response of CCKM, or of AWS to CCKM, came: what became of it had to be read back. A refusal or a throttle is a response,
 * and so is an error that KMS or CCKM names.
 */
export const lostResponseCodes = [
  'connection_lost',
  'call_timeout',
  'lease_expired',
  'cckm_unavailable',
  'unreadable_answer',
  'kms_unreachable',
] as const satisfies readonly ErrorCode[];
