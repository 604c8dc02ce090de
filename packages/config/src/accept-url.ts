import { z } from 'zod';

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/** Whether a host is this machine, as it is named or as it stands in a URL. */
export const isLoopback = (host: string): boolean => loopback.test(host);

const expected = 'expected an https:// address (plain http to loopback only)';

/** An address that only its owner can answer: https, or http to this machine. */
export const trustworthyUrl = z
  .url({ protocol: /^https?$/, error: expected, abort: true })
  .refine((text) => /^https:/i.test(text) || isLoopback(new URL(text).hostname), expected);
