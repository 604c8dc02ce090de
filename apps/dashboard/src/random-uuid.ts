/**
 * Browsers have `crypto.randomUUID` in secure contexts only. Over plain HTTP this takes its place, where a command gets the name
 * under which the API carries it out once.
 */
crypto.randomUUID ??= () => {
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0'));
  const part = (from: number, to: number) => hex.slice(from, to).join('');
  return `${part(0, 4)}-${part(4, 6)}-${part(6, 8)}-${part(8, 10)}-${part(10, 16)}`;
};
