import type { LedgerEntry } from '../../harness/simulator.ts';
import { callsByPair, type Evidence } from '../run/evidence.ts';
import type { Violation } from './violation.ts';

/** Exceptions after which KMS, or CCKM behind it, may have done the work all the same. */
const indefinite = new Set([
  'KMSInternalException',
  'DependencyTimeoutException',
  'AlreadyExistsException',
  'SomethingNewException',
]);
const spoilsAnswer = /truncate|html|envelope|dropAfter|hang|lateMs|awsTransport|compress|garbageBytes/;

/** After a call that may have landed CCKM is read for its pair before replicate-key is called for it again. */
export function* cckmIsAskedFirst(evidence: Evidence): Iterable<Violation> {
  const promise = 'replicate-key is not called again before CCKM was asked whether the earlier call has landed';
  const reads = evidence.ledger.filter(isRead);
  for (const [pair, calls] of callsByPair(evidence)) {
    for (const [i, call] of calls.entries()) {
      const earlier = calls[i - 1];
      if (!earlier || !mayHaveLanded(earlier)) continue;
      const asked = reads.some((read) => covers(read, call) && read.seq > earlier.seq && endOf(read) <= call.at);
      if (!asked)
        yield {
          promise,
          what: `${pair} was called again unasked`,
          evidence: { earlier, call, life: evidence.audit.filter((change) => change.pair === pair) },
        };
    }
  }
}

function mayHaveLanded({ workDone, httpStatus, awsError, fault }: LedgerEntry): boolean {
  if (workDone || httpStatus === null || httpStatus >= 500) return true;
  // Refused before anything else could happen to it.
  if (httpStatus === 401) return false;
  if (awsError !== null) return indefinite.has(awsError);
  return httpStatus < 300 || (fault !== null && spoilsAnswer.test(fault));
}

function isRead({ operation, httpStatus, fault }: LedgerEntry): boolean {
  const read = operation === 'list-keys' || operation === 'get-key';
  return read && httpStatus === 200 && !(fault !== null && spoilsAnswer.test(fault));
}

/** A list by key id (and Region), a list of the Region or of all, or the replica itself. */
function covers(read: LedgerEntry, { mrk, region }: LedgerEntry): boolean {
  if (read.operation === 'get-key') return read.mrk === mrk && read.primaryRegion === region;
  if (read.mrk === null) return read.region === null || read.region === region;
  return read.mrk === mrk && (read.region === null || read.region === region);
}

const endOf = ({ at, durationMs }: LedgerEntry): number => at + (durationMs ?? 0);
