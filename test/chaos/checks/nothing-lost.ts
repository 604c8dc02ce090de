import { callsByPair, type Evidence, type Row } from '../run/evidence.ts';
import type { Violation } from './violation.ts';

/** Every pair of every plan has its row, every submission its plan, every call its place in the log, all without a hand. */
export function* nothingIsLost(evidence: Evidence): Iterable<Violation> {
  const { plans, planStates, rows, fallen } = evidence;
  const promise = 'nothing is lost and no hand is needed';
  for (const process of fallen) yield { promise, what: 'a process has ended by itself', evidence: process };
  const ids = plans.map(({ id }) => id).sort();
  if (
    ids.join() !==
    planStates
      .map(({ id }) => id)
      .sort()
      .join()
  )
    yield { promise, what: 'a submission has made no plan, or two', evidence: { submitted: ids, planStates } };
  for (const plan of planStates.filter(({ finished }) => !finished))
    yield { promise, what: 'a plan is not finished', evidence: plan };
  for (const { id, mrks, draft, told } of plans) {
    const wanted = new Set(mrks.flatMap((key) => draft.regions.map((region) => `${key} ${region}`)));
    const there = new Set(rows.filter(({ plan }) => plan === id).map(({ pair }) => pair));
    const missing = [...wanted].filter((pair) => !there.has(pair));
    // A plan that is cancelled while its keys are read has only the rows that were written by then.
    if (missing.length > 0 && !told.includes('cancel'))
      yield { promise, what: 'pairs of a plan have no row', evidence: { plan: id, missing } };
    const strange = [...there].filter((pair) => !wanted.has(pair));
    if (strange.length > 0)
      yield { promise, what: 'a plan has rows that nobody asked for', evidence: { plan: id, strange } };
  }
  for (const row of rows) {
    if (!isExplained(row, evidence))
      yield {
        promise: 'what does not succeed has a reason that the scenario gave',
        what: `${row.state} ${row.errorCode ?? ''}`,
        evidence: { row, calls: callsByPair(evidence).get(row.pair) },
      };
  }
  yield* callsAreLogged(evidence);
}

function isExplained(
  { state, errorCode, mrk, plan, pair }: Row,
  { plans, disabled, deleting, members }: Evidence,
): boolean {
  switch (state) {
    case 'cancelled':
      return plans.some(({ id, told }) => id === plan && told.includes('cancel'));
    case 'blocked':
    case 'failed':
      return (
        // Somebody has made this Region the primary's.
        (errorCode === 'same_region' &&
          members.some((member) => member.type === 'PRIMARY' && `${member.mrk} ${member.region}` === pair)) ||
        (errorCode === 'key_disabled' && disabled.has(mrk)) ||
        (errorCode === 'replica_pending_deletion' && deleting.has(pair))
      );
    default:
      return !deleting.has(pair);
  }
}

/** A call that was refused for its token is sent again as the same call. */
function* callsAreLogged(evidence: Evidence): Iterable<Violation> {
  for (const [pair, calls] of callsByPair(evidence)) {
    const made = calls.filter(({ httpStatus }) => httpStatus !== 401).length;
    const logged = evidence.rows.filter((row) => row.pair === pair).reduce((sum, row) => sum + row.logged, 0);
    if (logged < made)
      yield {
        promise: 'every call is kept in the attempt log',
        what: `${made} calls for ${pair}, ${logged} in the log`,
        evidence: calls,
      };
  }
}
