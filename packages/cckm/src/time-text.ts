/** From this number on a time since 1970 is taken for milliseconds: as seconds it would be in the year 5138. */
const leastMilliseconds = 100_000_000_000;

/** A time as RFC 3339: a number, or text that is one, counts seconds or milliseconds since 1970; other text stays as it is. */
export function asTimeText(given: string | number): string {
  const number = typeof given === 'number' ? given : /^\d{9,14}(\.\d+)?$/.test(given.trim()) ? Number(given) : null;
  if (number === null) return String(given);
  const time = new Date(Math.abs(number) >= leastMilliseconds ? number : number * 1_000);
  return Number.isNaN(time.getTime()) ? String(given) : time.toISOString();
}

/**
 * The same in whole seconds of UTC, as import-material takes it; a fraction is cut off, so that material never outlives its
 * primary's. Null: the text is no time. Source: CCKM contract, section 9.
 */
export function inWholeSeconds(text: string): string | null {
  const time = new Date(asTimeText(text));
  return Number.isNaN(time.getTime()) ? null : `${time.toISOString().slice(0, 19)}Z`;
}
