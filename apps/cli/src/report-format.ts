import { extname } from 'node:path';
import { CliError, exitCodes } from './exit-codes.ts';

export const reportFormats = ['csv', 'json', 'html'] as const;
export type ReportFormat = (typeof reportFormats)[number];

const byEnding: Readonly<Record<string, ReportFormat>> = {
  '.csv': 'csv',
  '.json': 'json',
  '.html': 'html',
  '.htm': 'html',
};

/** The format of a report: as asked for, else by the ending of its file, else CSV. Throws where the two contradict. */
export function reportFormat({ format, output }: { format?: ReportFormat; output?: string }): ReportFormat {
  const ending = output === undefined ? '' : extname(output);
  const ofFile = byEnding[ending.toLowerCase()];
  if (format !== undefined && ofFile !== undefined && format !== ofFile) {
    throw new CliError(
      exitCodes.usage,
      `--format ${format} contradicts the extension ${ending} of ${output}. Remove one of them.`,
    );
  }
  return format ?? ofFile ?? 'csv';
}
