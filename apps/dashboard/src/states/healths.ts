import type { Health } from '@keyferry/core';

/** What the verdict on an installation says, and what the browser's tab shows of it. */
export const healthLooks: Readonly<Record<Health, { verdict: string; icon: string }>> = {
  ok: { verdict: 'All is well', icon: '/favicon.svg' },
  attention: { verdict: 'Somebody should look', icon: '/favicon-attention.svg' },
  broken: { verdict: 'Replication is held up', icon: '/favicon-broken.svg' },
};
