/*
 * A runbook is stored, shown and filed: the call of a check names its secret, and never holds it. What was stored before these
 * rules is still read, but not called.
 */

const takenHeaders = [
  ...['accept', 'accept-language', 'api-version', 'cache-control', 'content-language', 'content-type', 'prefer'],
  ...['user-agent', 'x-api-version', 'x-correlation-id', 'x-request-id'],
];
const taken: ReadonlySet<string> = new Set(takenHeaders);

const instead = 'put a secret into KEYFERRY_CHECK_TOKENS of the workers, and its name into `bearer`';

export interface WrittenSecret {
  readonly code: 'refused_header' | 'secret_in_url';
  readonly message: string;
}

/** Whether a call may hold a header of its own: one that is never a secret, and that the call does not set by itself. */
export const isTakenHeader = (name: string): boolean => taken.has(name.toLowerCase());

/** Why a call may not hold a header; null: it may. */
export function faultOfHeader(name: string): WrittenSecret | null {
  if (isTakenHeader(name)) return null;
  const message = `The header ${name} is not allowed here. Allowed: ${takenHeaders.join(', ')}. For a secret, ${instead}. Keyferry sets Idempotency-Key and the headers that HTTP needs.`;
  return { code: 'refused_header', message };
}

/** What is, or looks like, a secret in the address of a call; null: nothing. */
export function secretInUrl(text: string): WrittenSecret | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const wrong = (what: string): WrittenSecret => {
    return { code: 'secret_in_url', message: `${what}, and addresses are stored and shown. Remove it: ${instead}.` };
  };
  if (url.username !== '' || url.password !== '') return wrong('The address contains a user or a password');
  const names = [url.search, url.hash].flatMap((part) => {
    // Some servers take a semicolon for what divides parameters.
    return [...new URLSearchParams(part.slice(1).replaceAll(';', '&')).keys()];
  });
  const secret = names.find(isNameOfSecret);
  return secret === undefined
    ? null
    : wrong(`The parameter "${secret.slice(0, 100)}" of the address looks like a secret`);
}

const anywhere =
  /token|secret|passw|passphrase|signature|credential|(api|access|private|session|auth|shared|signing|subscription|master)key/;
const asWord: ReadonlySet<string> = new Set(['auth', 'authorization', 'bearer', 'jwt', 'pass', 'pwd', 'sig']);

function isNameOfSecret(name: string): boolean {
  const words = name
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  return anywhere.test(words.join('')) || words.at(-1) === 'key' || words.some((word) => asWord.has(word));
}

/** Everything that a call must not hold. */
export function writtenSecrets({
  url,
  headers,
}: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}): readonly WrittenSecret[] {
  return [secretInUrl(url), ...Object.keys(headers).map(faultOfHeader)].filter((fault) => fault !== null);
}
