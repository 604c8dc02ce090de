import { z } from 'zod';
import { regionPattern, regions, similarRegions } from './regions.ts';

/** A Region that Keyferry knows; for a mistyped one the message names those that are like it. */
export const regionSchema = z.string().superRefine((name, context) => {
  if (regions.has(name)) return;
  context.addIssue({
    code: 'custom',
    params: { code: regionPattern.test(name) ? 'unknown_region' : 'invalid_region', hint: () => hint(name) },
    message: `"${name}" is not an AWS Region that Keyferry knows.`,
  });
});

/** Takes a while to work out: only of what is told. */
function hint(name: string): string {
  const like = similarRegions(name);
  return like.length > 0 ? ` Did you mean ${like.join(' or ')}?` : '';
}
