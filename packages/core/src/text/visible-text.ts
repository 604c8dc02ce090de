/**
 * What a terminal obeys or hides instead of showing it: control characters, and those that turn the direction of a text or take
 * no room. Not new lines and tabs, and not the joiner that emoji are made with.
 */
const hidden =
  /(?![\n\t])[\p{Cc}\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** A text for a terminal in which each such character stands as its code, `<U+001B>`. */
export function visibleText(text: string): string {
  return text.replaceAll(hidden, codeOf);
}

/** The same for a text that has one line to stand in: new lines and tabs stand as their codes too, so that it cannot look like two. */
export function visibleLine(text: string): string {
  return visibleText(text).replaceAll(/[\n\t]/g, codeOf);
}

function codeOf(character: string): string {
  return `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;
}
