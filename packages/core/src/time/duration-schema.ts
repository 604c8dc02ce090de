import { z } from 'zod';

/** `90s`, `30m`, `4h`, `2d`. */
export const durationSchema = z
  .string()
  .regex(/^\d{1,7}[smhd]$/, 'A duration is a whole number and its unit, s, m, h or d: 90s, 30m, 4h, 2d.');
