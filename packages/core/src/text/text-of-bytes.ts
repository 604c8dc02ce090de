/** How much of a text is searched for what no text holds, in UTF-16 units. */
const sampled = 4_096;
/** A text holds at most so many of those, or that share of its length: names come in broken encodings too. */
const mostOdd = 3;
const mostOddShare = 0.1;

/**
 * The text of an answer's body, decoded as UTF-8 and fit to be stored. Bytes that are no text (a compressed or encrypted
 * body, a picture) become a placeholder that a person can read: `[binary data, 1,234 bytes]`.
 */
export function textOfBytes(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  const length = Math.min(text.length, sampled);
  let odd = 0;
  for (let at = 0; at < length; at += 1) if (isOdd(text.charCodeAt(at))) odd += 1;
  const isText = odd <= Math.max(mostOdd, length * mostOddShare);
  return isText ? text.replaceAll('\0', '\ufffd') : `[binary data, ${bytes.length.toLocaleString('en')} bytes]`;
}

/**
 * Control characters, and what stands for a byte that is no UTF-8. Not white space, the escape of terminals, and NUL, which
 * texts from C programs hold.
 */
function isOdd(unit: number): boolean {
  return unit === 0xff_fd || (unit > 0 && unit < 0x20 && !(unit >= 0x09 && unit <= 0x0d) && unit !== 0x1b);
}
