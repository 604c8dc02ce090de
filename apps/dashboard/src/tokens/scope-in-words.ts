import type { ScopeView } from '@keyferry/core';

/** What a token is limited to; empty: nothing. */
export function scopeInWords({ accounts, regions }: ScopeView): string {
  return [accounts?.join(', '), regions?.join(', ')].filter(Boolean).join(' · ');
}
