import { z } from 'zod';

/** What a variable takes; the error of every value that is not this. */
interface Range {
  /** What is counted: `milliseconds`, `requests a second`. */
  readonly of?: string;
  readonly least: number;
  readonly most: number;
}

/** An optional sign, digits with an optional fraction, an optional exponent: what people write, and no hexadecimal. */
const decimal = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

/** A whole number within a range, both ends included. The error names the range. */
export function wholeNumber(range: Range) {
  const error = `expected a whole number${described(range)}`;
  return z
    .string(error)
    .regex(decimal, error)
    .transform(Number)
    .pipe(z.number(error).int(error).min(range.least, error).max(range.most, error));
}

/** A number within a range, both ends included unless `above`. The error names the range. */
export function anyNumber(range: Range & { readonly above?: boolean }) {
  const error = `expected a number${described(range, range.above)}`;
  const number = z.number(error).max(range.most, error);
  return z
    .string(error)
    .regex(decimal, error)
    .transform(Number)
    .pipe(range.above ? number.gt(range.least, error) : number.min(range.least, error));
}

function described({ of, least, most }: Range, above = false): string {
  const unit = of === undefined ? '' : ` of ${of}`;
  return above ? `${unit} above ${least}, at most ${most}` : `${unit} from ${least} to ${most}`;
}
