import { z } from 'zod';

const here = 'http://here.invalid';

/** Where a browser goes after a login: a path of this host in the reading of every browser, never another host. */
export const returnToSchema = z
  .string()
  .max(2_000)
  .transform((text, context) => {
    const url = text.startsWith('/') && URL.canParse(text, here) ? new URL(text, here) : null;
    const path = url?.origin === here ? url.href.slice(here.length) : '';
    if (path.startsWith('/') && !path.startsWith('//')) return path;
    context.addIssue({ code: 'custom', message: 'Expected a path that begins with one slash, such as /plans.' });
    return z.NEVER;
  });
