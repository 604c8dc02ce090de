import { type PlanState, planTransitions } from '@keyferry/core';
import type { Store } from '@keyferry/store';

/** Moves a plan to a state by its shortest way there, whatever has become of its replicas. */
export async function movePlan({ prisma }: Pick<Store, 'prisma'>, planId: string, to: PlanState): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const { state } = await tx.plan.findUniqueOrThrow({ where: { id: planId }, select: { state: true } });
    for (const next of wayTo(state, to)) await tx.plan.update({ where: { id: planId }, data: { state: next } });
  });
}

/** Not through `running`, for which a plan needs its approvals. */
function wayTo(from: PlanState, to: PlanState): readonly PlanState[] {
  const ways: [PlanState, readonly PlanState[]][] = [[from, []]];
  for (const [state, way] of ways) {
    if (state === to) return way;
    if (state === 'running' && way.length > 0) continue;
    ways.push(...planTransitions[state].map((next): [PlanState, PlanState[]] => [next, [...way, next]]));
  }
  throw new Error(`a plan never goes from ${from} to ${to}`);
}
