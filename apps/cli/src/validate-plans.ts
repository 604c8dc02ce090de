import { manifestSpecSchema, type PlanSpec, planSpecSchema } from '@keyferry/core';
import { CliError, exitCodes } from './exit-codes.ts';
import { checkManifestFile, hasRegions } from './manifest-file.ts';
import type { Output } from './output.ts';
import { type PlanFile, readPlanFile } from './plan-file.ts';
import { type CheckedFile, reportChecked } from './report-checked.ts';

/**
 * Checks plan files, or a manifest with or without its plan, without the API and answers the exit code; tells all that is
 * wrong with all of them.
 */
export async function validatePlans(
  output: Output,
  { file: files = [], manifest }: { file?: readonly string[]; manifest?: string },
): Promise<number> {
  if (files.length === 0 && manifest === undefined) {
    throw new CliError(exitCodes.usage, 'Pass plan files (-f plan.yaml), a manifest (--manifest keys.csv), or both.');
  }
  const read: CheckedFile[] = [];
  let regionsForRows = files.length === 0;
  for (const file of files) {
    const plan = await readPlanFile(file, { manifest });
    regionsForRows ||= hasRegions(plan.parsed?.spec ?? {});
    read.push({ ...plan, size: plan.faults.length > 0 ? '' : sizeOf(plan, manifest) });
  }
  if (manifest !== undefined) {
    const { faults, rows } = await checkManifestFile(manifest, regionsForRows);
    read.push({ name: manifest, faults, size: `${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}` });
  }
  return reportChecked(output, read);
}

function sizeOf({ parsed }: PlanFile, manifest: string | undefined): string {
  const spec: Pick<PlanSpec, 'keys' | 'regions'> = (manifest === undefined ? planSpecSchema : manifestSpecSchema).parse(
    parsed?.spec,
  );
  const { keys, regions } = spec;
  const named = keys === undefined ? 'keys by selector' : `${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`;
  const what = manifest === undefined ? named : 'keys by manifest';
  if (regions.length === 0) return what;
  return `${what} into ${regions.length <= 3 ? regions.join(', ') : `${regions.length} Regions`}`;
}
