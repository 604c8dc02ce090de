import { visibleLine, visibleText } from '../../text/visible-text.ts';

/** One thing that an approver has to know. */
export interface DecisionLine {
  /** What it is about; empty: a sentence that stands for itself. */
  readonly label: string;
  /** What there is to say, one after the other. Nothing in it is obeyed by a terminal or hidden by a browser. */
  readonly said: readonly string[];
  /** It deserves a second look. */
  readonly warns: boolean;
  /** A document, to be shown with its own line breaks. */
  readonly document: boolean;
}

export interface DecisionSection {
  readonly title: string;
  readonly lines: readonly DecisionLine[];
}

const line = (label: string, said: string | readonly string[], more: Partial<DecisionLine> = {}): DecisionLine => ({
  label: visibleLine(label),
  said: (typeof said === 'string' ? [said] : said).map((text) => visibleLine(text)),
  warns: false,
  document: false,
  ...more,
});

/** A line; `said` may hold names from outside as they are. */
export const saying = (label: string, said: string | readonly string[]): DecisionLine => line(label, said);

/** One that deserves a second look. */
export const warning = (label: string, said: string | readonly string[]): DecisionLine =>
  line(label, said, { warns: true });

/** A document as text: JSON where it is none. */
export function documentLine(label: string, value: unknown): DecisionLine {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return { label, said: visibleText(text).split('\n'), warns: false, document: true };
}
