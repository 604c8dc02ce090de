import type { EvidenceApproval, EvidenceDrill, EvidenceStep } from '../drill-evidence.ts';
import { BrokenPack } from './broken-pack.ts';
import { glassOf } from './check-findings.ts';

/**
 * The submitter does not approve, no one approves twice, and what was approved is what was run. The drill, and each step that
 * waited for people, went on with as many approvals as it needed, or by break-glass. `needed`: of a step, by the runbook.
 */
export function checkDuties(
  drill: EvidenceDrill,
  steps: readonly EvidenceStep[],
  approvals: readonly EvidenceApproval[],
  needed: (step: EvidenceStep) => number,
): void {
  const decided = new Set<string>();
  for (const { approver, step, spec_sha256: spec, scope_sha256: scope, at } of approvals) {
    if (approver === drill.submitted_by) wrong(`${approver} submitted the drill and also decided on it`);
    if (spec !== drill.spec_sha256) wrong(`${approver} decided at ${at} on a different runbook`);
    if (scope !== null && scope !== drill.scope_sha256) wrong(`${approver} decided at ${at} on different keys`);
    const once = JSON.stringify([approver, step]);
    if (decided.has(once)) wrong(`${approver} decided twice on ${step === null ? 'the drill' : `step ${step}`}`);
    decided.add(once);
  }
  const given = (of: string | null) =>
    approvals.filter(({ step, decision }) => step === of && decision === 'approve').length;
  const rejected = (of: string | null) => approvals.find(({ step, decision }) => step === of && decision === 'reject');

  const { started_at: started, broken_glass: broken, approvals_required: required } = drill;
  if (started !== null) {
    const no = rejected(null);
    if (no !== undefined) wrong(`${no.approver} rejected the drill, but it started`);
    // A glass that was broken later let a step go on.
    const wasBroken = broken !== null && broken.at <= started;
    if (!wasBroken && given(null) < required) wrong(`the drill started with ${given(null)} of ${required} approvals`);
  }
  for (const step of steps) {
    const { id, kind, state, detail } = step;
    if (kind !== 'approve' || state !== 'succeeded' || glassOf(detail) !== null) continue;
    const no = rejected(id);
    if (no !== undefined) wrong(`${no.approver} rejected step ${id}, but it succeeded`);
    if (given(id) < needed(step)) wrong(`step ${id} continued with ${given(id)} of ${needed(step)} approvals`);
  }
}

function wrong(what: string): never {
  throw new BrokenPack('approvals.json', what);
}
