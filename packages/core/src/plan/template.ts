/** What a template may name, and what stands for it. */
export interface TemplateValues {
  /** The primary's alias without its `alias/`; null: it has none. */
  readonly alias: string | null;
  /** The replica's Region. */
  readonly region: string;
  readonly account: string;
  /** Where the primary is. */
  readonly primary_region: string;
}

export const placeholders = [
  'alias',
  'region',
  'account',
  'primary_region',
] as const satisfies (keyof TemplateValues)[];

const names = placeholders.join('|');
/** A placeholder, as part of a longer pattern. */
export const placeholderPattern = `\\{(?:${names})\\}`;
/** All of them, for messages. */
export const placeholderList = '{alias}, {region}, {account} and {primary_region}';

const known = new RegExp(`\\{(${names})\\}`, 'g');
/** In a policy `${…}` is a variable of IAM's, whatever it names. */
const knownInPolicy = new RegExp(`(?<!\\$)\\{(${names})\\}`, 'g');
/** Braces round a word; JSON in a description is none of them. */
const anyPlaceholder = /\{([A-Za-z_][\w-]*)\}/g;

/** Placeholders of a text that mean nothing, so that a typo is not sent to AWS as it stands. */
export function unknownPlaceholders(text: string): string[] {
  return [...text.matchAll(anyPlaceholder)].flatMap(([whole, name]) =>
    placeholders.some((placeholder) => placeholder === name) ? [] : [whole],
  );
}

/** The text for one key × Region; null when it names an alias that the primary does not have. */
export function expandTemplate(text: string, values: TemplateValues, pattern: RegExp = known): string | null {
  let missing = false;
  const expanded = text.replaceAll(pattern, (_whole, name: (typeof placeholders)[number]) => {
    missing ||= values[name] === null;
    return values[name] ?? '';
  });
  return missing ? null : expanded;
}

const withPlaceholders = new WeakMap<object, boolean>();

function holdsPlaceholder(document: object): boolean {
  const told = withPlaceholders.get(document);
  if (told !== undefined) return told;
  const holds = JSON.stringify(document).search(knownInPolicy) >= 0;
  withPlaceholders.set(document, holds);
  return holds;
}

/**
 * A document for one key × Region, its texts and the names of its fields filled in; the very same one where it has nothing to
 * fill in, and null when it names an alias that the primary does not have. Other braces are text: `{…}` of no placeholder, and
 * IAM's variables (`${…}`).
 */
export function expandDocument<T extends object>(document: T, values: TemplateValues): T | null {
  if (!holdsPlaceholder(document)) return document;
  let missing = false;
  const text = (given: string): string => {
    const expanded = expandTemplate(given, values, knownInPolicy);
    missing ||= expanded === null;
    return expanded ?? '';
  };
  const fill = (given: unknown): unknown => {
    if (typeof given === 'string') return text(given);
    if (Array.isArray(given)) return given.map(fill);
    if (typeof given !== 'object' || given === null) return given;
    return Object.fromEntries(Object.entries(given).map(([name, inner]) => [text(name), fill(inner)]));
  };
  const filled = fill(document) as T;
  return missing ? null : filled;
}
