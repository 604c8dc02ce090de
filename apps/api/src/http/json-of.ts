const text = new TextDecoder();

/** What a JSON body says; `{}` where it is empty. Throws a SyntaxError. */
export function jsonOf(body: Uint8Array): unknown {
  return body.length === 0 ? {} : JSON.parse(text.decode(body));
}
