import { type KeyferryClient, ProblemError } from '@keyferry/client';
import type { PlanView } from '@keyferry/core';
import { CliError, exitCodes } from './exit-codes.ts';
import { checkManifestFile, hasRegions, manifestFaults, openManifest } from './manifest-file.ts';
import { faultsOf, invalidPlan, type PlanChanges, readValidPlan } from './plan-file.ts';

/** Checks a plan file, and its manifest, and submits them; errors, found here or by the API, are shown by line. */
export async function submitPlanFile(
  client: KeyferryClient,
  file: string | undefined,
  options: PlanChanges & { idempotencyKey?: string | undefined },
): Promise<PlanView> {
  const { manifest, idempotencyKey } = options;
  if (file === undefined && manifest === undefined) {
    throw new CliError(exitCodes.usage, 'Pass a plan file (-f plan.yaml), a manifest (--manifest keys.csv), or both.');
  }
  const { name, parsed } = await readValidPlan(file, options);
  if (manifest !== undefined) {
    const { faults } = await checkManifestFile(manifest, hasRegions(parsed.spec));
    if (faults.length > 0) throw invalidPlan(manifest, faults);
  }
  const again = idempotencyKey === undefined ? {} : { idempotencyKey };
  try {
    return manifest === undefined
      ? await client.request('POST /v1/plans', { body: parsed.spec, ...again })
      : await client.createPlanFromManifest(parsed.spec, await openManifest(manifest), again);
  } catch (error) {
    const errors = error instanceof ProblemError ? error.problem.errors : undefined;
    if (!errors) throw error;
    const ofRows = errors.filter(({ path }) => path.startsWith('manifest'));
    if (manifest !== undefined && ofRows.length === errors.length) throw invalidPlan(manifest, manifestFaults(ofRows));
    throw invalidPlan(name, faultsOf(parsed, errors));
  }
}
