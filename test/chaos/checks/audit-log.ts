import type { Evidence } from '../run/evidence.ts';
import type { Violation } from './violation.ts';

/** The audit log is one unbroken chain, and tells of each plan that it was submitted once and where it ended. */
export function* auditLogIsWhole({ log, planStates }: Evidence): Iterable<Violation> {
  const promise = 'the audit log is one chain, and tells what became of every plan';
  const broken = log.filter(({ sound }) => !sound);
  if (broken.length > 0) yield { promise, what: 'the chain is broken', evidence: broken };
  for (const plan of planStates) {
    const entries = log.filter(({ object }) => object === plan.id);
    const submitted = entries.filter(({ action }) => action === 'plan.submit').length;
    if (submitted !== 1)
      yield { promise, what: `a plan was submitted ${submitted} times`, evidence: { plan, entries } };
    const last = entries.findLast(({ state }) => state !== null);
    if (last?.state !== plan.state)
      yield { promise, what: 'a plan is not where its last entry left it', evidence: { plan, entries } };
  }
}
