import { z } from 'zod';
import { regionPattern, regions, similarRegions } from './regions.ts';

/** A Region that Keyferry knows; for a mistyped one the message names those that are like it. */
export const regionSchema = z.string().superRefine((name, context) => {
  if (regions.has(name)) return;
  const like = similarRegions(name);
  context.addIssue({
    code: 'custom',
    params: { code: regionPattern.test(name) ? 'unknown_region' : 'invalid_region' },
    message: `"${name}" is not an AWS Region that Keyferry knows.${like.length > 0 ? ` Did you mean ${like.join(' or ')}?` : ''}`,
  });
});
