import type { Connection } from '../store.ts';

/** Counts a caller among those who proposed a plan: whoever changes what is approved cannot approve it. */
export async function noteProposer(db: Connection, planId: string, caller: string): Promise<void> {
  await db.$executeRaw`
    UPDATE plans SET proposed_by = array_append(proposed_by, ${caller})
    WHERE id = ${planId}::uuid AND NOT ${caller} = ANY(proposed_by)`;
}
