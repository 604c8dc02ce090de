import {
  checkInput,
  coveragePolicySchema,
  everywhere,
  groupName,
  type InputError,
  planOfCoverage,
  type Runbook,
  runbookSchema,
  scopePolicyOf,
} from '@keyferry/core';
import { newId } from '../new-id.ts';
import { canonicalSha256 } from '../plans/canonical-sha256.ts';
import { fixRegionGroups } from '../regions/fix-region-groups.ts';
import { closeSpec } from '../seal/policies.ts';
import type { Prisma, Store } from '../store.ts';
import { type Idempotency, submitOnce } from '../submit-once.ts';
import { noteInLog } from './drill-notes.ts';

/**
 * Puts the Regions that its groups stand for now into a runbook, and checks it again with them. Answers what is wrong with
 * it instead where a group does not exist, or where it is no runbook any more.
 */
export async function fixRunbookRegions(
  store: Store,
  runbook: Runbook,
): Promise<{ readonly spec: Runbook } | { readonly errors: readonly InputError[] }> {
  if (!runbook.regions.some((entry) => groupName(entry) !== null)) {
    const { region_groups: _given, ...spec } = runbook;
    return { spec };
  }
  const plan = planOfCoverage(coveragePolicySchema.parse(scopePolicyOf(runbook)));
  const fixed = await fixRegionGroups(store, plan, everywhere);
  if ('errors' in fixed) return fixed;
  const { regions, account_regions, region_groups } = fixed.spec;
  const { account_regions: _before, region_groups: _given, ...rest } = runbook;
  const checked = checkInput(runbookSchema, {
    ...rest,
    regions,
    ...(account_regions === undefined ? {} : { account_regions }),
    ...(region_groups === undefined ? {} : { region_groups }),
  });
  return 'errors' in checked ? checked : { spec: checked.data };
}

/** Stores a drill, declared now, once for its idempotency key; a worker takes it from there. Throws SubmissionConflict. */
export function insertDrill(
  store: Store,
  { spec, createdBy, idempotency = null }: { spec: Runbook; createdBy: string; idempotency?: Idempotency | null },
): Promise<{ id: string; created: boolean }> {
  return submitOnce(store, 'drill', { createdBy, scope: everywhere, idempotency }, async (tx) => {
    const id = newId();
    await tx.drill.create({
      data: {
        id,
        name: spec.name,
        mode: spec.mode,
        state: 'resolving',
        spec: closeSpec(store.seal, spec, { table: 'drills', id }) as unknown as Prisma.InputJsonObject,
        specSha256: canonicalSha256(spec),
        createdBy,
        proposedBy: [createdBy],
        approvers: spec.approvers,
        approvalsRequired: spec.mode === 'rehearse' ? 0 : spec.approvals,
        reason: 'Reading its keys.',
      },
    });
    await tx.drillStep.createMany({
      data: spec.steps.map((step, position) => ({
        drillId: id,
        position,
        id: step.id,
        kind: step.step,
        title: step.title,
        spec: step as Prisma.InputJsonObject,
      })),
    });
    const how = spec.mode === 'rehearse' ? 'rehearsal, which changes nothing' : 'live drill';
    await noteInLog(tx, id, { kind: 'drill', message: `${createdBy} declared it: ${spec.name}, a ${how}.` });
    return id;
  });
}
