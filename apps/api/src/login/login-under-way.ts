import { z } from 'zod';
import { returnToSchema } from './return-to.ts';

/** How long somebody may take at the provider. */
export const loginWithinMs = 10 * 60_000;

/**
 * What binds the provider's answer to the browser that asked: kept by that browser, in a cookie of its own, and so by none of
 * the API's processes. It is worth nothing without the code that the provider answers with.
 */
const schema = z.strictObject({
  state: z.string().min(32),
  nonce: z.string().min(32),
  verifier: z.string().min(43),
  returnTo: returnToSchema,
});

export type LoginUnderWay = z.output<typeof schema>;

export function writeLogin(login: LoginUnderWay): string {
  return Buffer.from(JSON.stringify(login)).toString('base64url');
}

/** Null: that is none. */
export function readLogin(cookie: string | null): LoginUnderWay | null {
  try {
    return schema.parse(JSON.parse(Buffer.from(cookie ?? '', 'base64url').toString('utf8')));
  } catch {
    return null;
  }
}
