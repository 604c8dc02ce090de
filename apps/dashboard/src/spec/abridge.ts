/** What is shown of a list at first. */
const shownItems = 20;

/** Names whose values are long documents that are seldom what one looks for. */
const documents = ['Policy'];

interface Abridged {
  readonly value: unknown;
  /** Something is left out. */
  readonly cut: boolean;
}

/** A plan as it is read at a glance: key policies folded away, long lists cut, and each place says so. */
export function abridge(value: unknown): Abridged {
  let cut = false;
  const fold = (one: unknown, name?: string): unknown => {
    if (Array.isArray(one)) {
      const shown = one.slice(0, shownItems).map((item) => fold(item));
      const more = one.length - shown.length;
      if (more === 0) return shown;
      cut = true;
      return [...shown, `… ${more.toLocaleString('en')} more`];
    }
    if (one === null || typeof one !== 'object') return one;
    if (name !== undefined && documents.includes(name) && Object.keys(one).length > 0) {
      cut = true;
      return `… ${JSON.stringify(one).length.toLocaleString('en')} characters of policy`;
    }
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, fold(inner, key)]));
  };
  return { value: fold(value), cut };
}
