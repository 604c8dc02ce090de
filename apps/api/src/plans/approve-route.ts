import { limitsSchema } from '@keyferry/core';
import { type Approved, approvePlan, type Store } from '@keyferry/store';
import { Router } from 'express';
import { z } from 'zod';
import { asCaller } from '../http/as-caller.ts';
import { Problem, parseInput } from '../http/problem.ts';
import { mustRead, mustReadStatus } from './find-plan.ts';
import { wrongState } from './plan-routes.ts';
import { planView } from './plan-view.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'A SHA-256 has 64 hexadecimal digits, in lower case.');

export const approveBody = z.strictObject({
  spec_sha256: sha256.describe('Of the plan that is approved'),
  resolved_sha256: sha256.optional().describe('Of the rows that were looked at; left out: whatever the plan has now'),
  limits: limitsSchema
    .partial()
    .default({})
    .describe('The limits that were looked at, refused when others are in force; left out: whatever the plan has now'),
  comment: z.string().trim().min(1).max(2_000).nullable().default(null),
});

/** Approves a plan; its last approval lets it go on. Never for one of those who proposed it. */
export function approveRoute(
  store: Store,
  maxAges: { readonly approvalMaxAgeMs: number; readonly previewMaxAgeMs: number },
): Router {
  const router = Router();
  router.post('/:id/approve', async (request, response) => {
    const body = parseInput(approveBody, request.body);
    const plan = await mustReadStatus(store, String(request.params.id));
    const { caller: approver, role } = response.locals;
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
      const who = plan.createdBy === approver ? 'submitted it' : 'executed its preview, changed it or had it run again';
      throw new Problem(403, 'Not permitted', `${approver} ${who}: somebody else has to approve this plan.`);
    }
    if (approved !== 'approved') {
      throw new Problem(409, 'Another plan', `${others[approved]} Look at the plan again, and approve what it is now.`);
    }
    response.json(planView(await mustRead(store, plan.id)));
  });
  return router;
}

const others: Readonly<Record<Exclude<Approved, 'approved' | 'wrong_state' | 'proposer'>, string>> = {
  other_spec: 'What you approve is not this plan: its spec_sha256 is another.',
  other_rows: 'What you approve is not what this plan was resolved to: its resolved_sha256 is another.',
  other_limits: 'The limits of this plan are not those that you approve.',
};
