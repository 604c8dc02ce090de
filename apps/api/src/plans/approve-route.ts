import { type Approved, approvePlan, type Store } from '@keyferry/store';
import { asCaller } from '../http/as-caller.ts';
import { routes } from '../http/operation-routes.ts';
import { Problem } from '../http/problem.ts';
import { mustRead, mustReadStatus } from './find-plan.ts';
import { wrongState } from './plan-routes.ts';
import { planView } from './plan-view.ts';

/** Approves a plan; its last approval lets it go on. Never for one of those who proposed it. */
export function approveRoute(
  store: Store,
  maxAges: { readonly approvalMaxAgeMs: number; readonly previewMaxAgeMs: number },
) {
  return routes({
    'POST /v1/plans/{id}/approve': async ({ id, body, caller: approver, role, response }) => {
      const plan = await mustReadStatus(store, id);
      const approval = {
        approver,
        role,
        specSha256: body.spec_sha256,
        resolvedSha256: body.resolved_sha256,
        limits: body.limits,
        comment: body.comment,
      };
      const approved = await approvePlan(asCaller(store, response), plan.id, approval, maxAges);
      if (approved === 'wrong_state') throw wrongState('approve', await mustReadStatus(store, plan.id));
      if (approved === 'proposer') {
        const who = plan.created_by === approver ? 'submitted it' : 'executed its preview, changed it or ran it again';
        throw new Problem(
          403,
          'Not permitted',
          `${approver} ${who} and cannot approve this plan. Another person must approve it.`,
        );
      }
      if (approved !== 'approved') {
        throw new Problem(409, 'Another plan', `${others[approved]} Review the current plan, then approve it.`);
      }
      return planView(await mustRead(store, plan.id));
    },
  });
}

const others: Readonly<Record<Exclude<Approved, 'approved' | 'wrong_state' | 'proposer'>, string>> = {
  other_spec: 'spec_sha256 does not match this plan.',
  other_rows: 'resolved_sha256 does not match the resolved rows of this plan.',
  other_limits: 'limits do not match the current limits of this plan.',
};
