/** What an alias or description template may name, and what stands for it. */
export interface TemplateValues {
  /** The primary's alias without its `alias/`; null: it has none. */
  readonly alias: string | null;
  /** The replica's Region. */
  readonly region: string;
  readonly account: string;
}

const placeholders = ['alias', 'region', 'account'] as const;
const known = /\{(alias|region|account)\}/g;
/** Braces round a word; JSON in a description is none of them. */
const anyPlaceholder = /\{([A-Za-z_][\w-]*)\}/g;

/** Placeholders of a text that mean nothing, so that a typo is not sent to AWS as it stands. */
export function unknownPlaceholders(text: string): string[] {
  return [...text.matchAll(anyPlaceholder)].flatMap(([whole, name]) =>
    placeholders.some((placeholder) => placeholder === name) ? [] : [whole],
  );
}

/** The text for one key × Region; null when it names an alias that the primary does not have. */
export function expandTemplate(text: string, values: TemplateValues): string | null {
  let missing = false;
  const expanded = text.replaceAll(known, (_whole, name: (typeof placeholders)[number]) => {
    missing ||= values[name] === null;
    return values[name] ?? '';
  });
  return missing ? null : expanded;
}
