/**
 * Whether texts match a pattern in which "*" stands for any characters, from the beginning to the end of a text. Takes no
 * longer for many "*": each piece between two of them is searched for once, from where the one before it was found.
 */
export function readGlob(pattern: string): (text: string) => boolean {
  const pieces = pattern.split('*');
  const [first = '', last = ''] = [pieces.shift(), pieces.pop()];
  if (!pattern.includes('*')) return (text) => text === pattern;
  const between = pieces.filter((piece) => piece !== '');
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const piece of between) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= end;
  };
}
