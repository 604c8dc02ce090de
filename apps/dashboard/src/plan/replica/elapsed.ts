import { durationInWords } from '@keyferry/core';

/** How long a call or a step took: exact where it was short. */
export function elapsed(from: string, to: string | number): string {
  const ms = Math.max(0, new Date(to).getTime() - new Date(from).getTime());
  if (ms < 1_000) return `${ms} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : durationInWords(ms / 1_000);
}
