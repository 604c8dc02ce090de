const unitSeconds = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** The seconds of a duration as `durationSchema` takes it; 0, which needs no unit, too. */
export function durationSeconds(text: string | 0): number {
  if (text === 0) return 0;
  return Number(text.slice(0, -1)) * unitSeconds[text.slice(-1) as keyof typeof unitSeconds];
}
