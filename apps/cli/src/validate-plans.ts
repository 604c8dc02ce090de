import { type PlanSpec, planSpecSchema } from '@keyferry/core';
import { exitCodes } from './exit-codes.ts';
import { faultLines } from './fault.ts';
import { type Output, pc } from './output.ts';
import { type PlanFile, readPlanFile } from './plan-file.ts';

/** Checks plan files without the API and answers the exit code; tells all that is wrong with all of them. */
export async function validatePlans(files: readonly string[], output: Output): Promise<number> {
  const read: PlanFile[] = [];
  for (const file of files) read.push(await readPlanFile(file));
  const wrong = read.filter(({ faults }) => faults.length > 0);
  const json = {
    valid: wrong.length === 0,
    files: read.map(({ name, faults }) => ({ file: name, valid: faults.length === 0, errors: faults })),
  };
  output.result(json, () => {
    const lines = read.flatMap((file) =>
      file.faults.length === 0
        ? [`${file.name}: ${pc.green('valid')}, ${sizeOf(file)}`]
        : faultLines(file.name, file.faults),
    );
    return wrong.length === 0 ? lines.join('\n') : [...lines, '', summary(read.length, wrong)].join('\n');
  });
  return wrong.length === 0 ? exitCodes.ok : exitCodes.usage;
}

function summary(all: number, wrong: readonly PlanFile[]): string {
  const errors = wrong.reduce((sum, { faults }) => sum + faults.length, 0);
  const files = all === 1 ? 'The plan file is not valid' : `${wrong.length} of ${all} plan files are not valid`;
  return pc.red(`${files}: ${errors} ${errors === 1 ? 'error' : 'errors'}.`);
}

function sizeOf({ parsed }: PlanFile): string {
  const { keys, regions }: PlanSpec = planSpecSchema.parse(parsed?.spec);
  const what = keys === undefined ? 'keys by selector' : `${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`;
  return `${what} into ${regions.length <= 3 ? regions.join(', ') : `${regions.length} Regions`}`;
}
