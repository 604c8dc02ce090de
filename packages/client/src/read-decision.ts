import { type DrillDecisionFacts, type DrillView, mostListed, type PlanDecisionFacts } from '@keyferry/core';
import type { KeyferryClient } from './client.ts';

/**
 * What an approver is shown of a plan besides the plan itself. Read it after the plan: should the plan be another by then, an
 * approval of the one that was read first is refused.
 */
export async function readPlanFacts(client: KeyferryClient, id: string): Promise<PlanDecisionFacts> {
  const [preview, matrix] = await Promise.all([
    client.request('GET /v1/plans/{id}/preview', { id }),
    client.request('GET /v1/plans/{id}/matrix', { id, query: { limit: mostListed } }),
  ]);
  return { preview, matrix };
}

/** The same of a drill; while its keys are being looked up there are none. */
export async function readDrillFacts(
  client: KeyferryClient,
  { id, keys }: Pick<DrillView, 'id' | 'keys'>,
): Promise<DrillDecisionFacts> {
  if (keys === null) return { keys: [] };
  return { keys: (await client.request('GET /v1/drills/{id}/keys', { id, query: { limit: mostListed } })).items };
}
