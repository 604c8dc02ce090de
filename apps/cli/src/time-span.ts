const hours: Readonly<Record<string, number>> = { h: 1, d: 24, w: 24 * 7 };

/** The milliseconds of a time as it is written in options: `12h`, `90d`, `26w`; null: it is not written so. */
export function spanMs(text: string): number | null {
  const [, number, unit = ''] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  return number === undefined ? null : Number(number) * (hours[unit] ?? 0) * 3_600_000;
}
