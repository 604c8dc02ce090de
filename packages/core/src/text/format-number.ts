/** A number as it is written in English, with at most so many places: `1,234.5`. */
export function formatNumber(value: number, places = 3): string {
  return value.toLocaleString('en', { maximumFractionDigits: places });
}

/** `4.5/s`. */
export function formatRate(perSecond: number, places = 1): string {
  return `${formatNumber(perSecond, places)}/s`;
}

/** A share in percent, rounded down: 100 % is said of nothing but all. */
export function formatShare(part: number, whole = 1): string {
  return `${Math.floor((100 * part) / whole + 1e-9)} %`;
}

/** An amount in its currency, without cents where it is large. */
export function formatMoney({ amount, currency }: { readonly amount: number; readonly currency: string }): string {
  const digits = amount >= 1_000 ? 0 : 2;
  return amount.toLocaleString('en', { style: 'currency', currency, maximumFractionDigits: digits });
}
