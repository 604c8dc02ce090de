/** An amount in its currency, without cents where it is large. */
export function money({ amount, currency }: { amount: number; currency: string }): string {
  const digits = amount >= 1_000 ? 0 : 2;
  return amount.toLocaleString(undefined, { style: 'currency', currency, maximumFractionDigits: digits });
}
