import { exitCodes } from './exit-codes.ts';
import { type Fault, faultLines } from './fault.ts';
import { type Output, pc } from './output.ts';

/** A file as it was checked; `size` says what it holds where it is valid. */
export interface CheckedFile {
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly size: string;
}

/** Writes what is wrong with files, all of it, and answers the exit code. */
export function reportChecked(output: Output, read: readonly CheckedFile[]): number {
  const wrong = read.filter(({ faults }) => faults.length > 0);
  const json = {
    valid: wrong.length === 0,
    files: read.map(({ name, faults }) => ({ file: name, valid: faults.length === 0, errors: faults })),
  };
  output.result(json, () => {
    const lines = read.flatMap((file) =>
      file.faults.length === 0
        ? [`${file.name}: ${pc.green('valid')}, ${file.size}`]
        : faultLines(file.name, file.faults),
    );
    return wrong.length === 0 ? lines.join('\n') : [...lines, '', summary(read.length, wrong)].join('\n');
  });
  return wrong.length === 0 ? exitCodes.ok : exitCodes.usage;
}

function summary(all: number, wrong: readonly CheckedFile[]): string {
  const errors = wrong.reduce((sum, { faults }) => sum + faults.length, 0);
  const files = all === 1 ? 'The file is not valid' : `${wrong.length} of ${all} files are not valid`;
  return pc.red(`${files}: ${errors} ${errors === 1 ? 'error' : 'errors'}.`);
}
