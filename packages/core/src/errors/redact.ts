import { storableText } from '../text/storable-text.ts';
import { startOf, truncateText } from '../text/truncate-text.ts';

/** How long a message may be unless the caller says otherwise, in UTF-16 units. */
const usual = 500;
/** How much of a text is searched for secrets, in UTF-16 units. */
const searched = 20_000;

const secrets: readonly [RegExp, string][] = [
  [/\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?/g, '[token]'],
  [/\b(bearer)\s+\S+/gi, '$1 [token]'],
  [
    /("?(?:password|passwd|secret|refresh_token|jwt|access_token|client_secret|token)"?\s*[:=]\s*)("[^"]*"|[^\s,;&}]+)/gi,
    '$1[redacted]',
  ],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, '$1[redacted]@'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, '[access key]'],
];

/**
 * A message from outside made fit to be stored and shown: key policies, tokens and passwords (those in addresses too) are
 * cut out, what Postgres cannot store is replaced, white space is folded, and it ends after 500 characters. `longest` sets
 * another length (at most 20,000); it is named, so that `texts.map(redactMessage)` cannot pass an index for it.
 */
export function redactMessage(text: string, { longest = usual }: { readonly longest?: number } = {}): string {
  const withoutPolicies = cutPolicies(storableText(startOf(text, searched)));
  const clean = secrets.reduce((message, [pattern, by]) => message.replace(pattern, by), withoutPolicies);
  const folded = clean.replaceAll(/\s+/g, ' ').trim();
  return truncateText(folded, longest);
}

/** Cuts out JSON objects that look like a policy document, escaped ones too; to the end where one is cut off. */
function cutPolicies(text: string): string {
  const start = /\{(?:[^{}]{0,200}?)\\*"(?:Statement|Version|Principal|Policy)\\*"/.exec(text);
  if (!start) return text;
  let depth = 0;
  for (let i = start.index; i < text.length; i += 1) {
    if (text[i] === '{') depth += 1;
    if (text[i] === '}') depth -= 1;
    if (depth === 0) return `${text.slice(0, start.index)}[policy]${cutPolicies(text.slice(i + 1))}`;
  }
  return `${text.slice(0, start.index)}[policy]`;
}
