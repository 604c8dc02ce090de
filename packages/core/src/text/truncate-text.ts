/**
 * A text of at most `most` UTF-16 units; one that is cut ends with `…`. Never cuts a surrogate pair in two: Postgres refuses
 * the half that is left.
 */
export function truncateText(text: string, most: number): string {
  return text.length <= most ? text : `${startOf(text, most - 1)}…`;
}

/** The first `most` UTF-16 units of a text, one fewer where the cut would fall inside a surrogate pair. */
export function startOf(text: string, most: number): string {
  const last = text.charCodeAt(most - 1);
  const cutsPair = text.length > most && last >= 0xd8_00 && last <= 0xdb_ff;
  return text.slice(0, Math.max(0, cutsPair ? most - 1 : most));
}
