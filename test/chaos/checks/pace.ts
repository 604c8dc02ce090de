import type { Evidence } from '../run/evidence.ts';
import type { Violation } from './violation.ts';

/**
 * No lane is called faster than its quota: the simulator meters as AWS does, with a bucket that holds one second of it, and
 * throttles nothing. A machine that stalled may send what it is late with at once, as far as that bucket bears (ADR 18).
 */
export function* lanesKeepTheirPace({ ledger }: Evidence): Iterable<Violation> {
  const promise = 'no lane is called faster than its quota';
  for (const call of ledger) {
    // CCKM's second call, for the alias: the scenario has others use up that quota.
    const forAlias = call.operation === 'add-alias' || (call.operation === 'replicate-key' && call.workDone);
    if (call.awsError === 'ThrottlingException' && !call.fault?.includes('awsError') && !forAlias)
      yield { promise, what: 'AWS throttled a call', evidence: call };
  }
}
