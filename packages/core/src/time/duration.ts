import { z } from 'zod';

const unitSeconds = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** `90s`, `30m`, `4h`, `2d`. */
export const durationSchema = z
  .string()
  .regex(/^\d{1,7}[smhd]$/, 'A duration is a whole number and its unit, s, m, h or d: 90s, 30m, 4h, 2d.');

/** The seconds of a duration as `durationSchema` takes it; 0, which needs no unit, too. */
export function durationSeconds(text: string | 0): number {
  if (text === 0) return 0;
  return Number(text.slice(0, -1)) * unitSeconds[text.slice(-1) as keyof typeof unitSeconds];
}
