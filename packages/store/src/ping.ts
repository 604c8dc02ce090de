import type { Store } from './store.ts';

/** Resolves when Postgres has stored a write, within `timeoutMs`; rejects otherwise: away, read-only, its disk full. */
export async function ping(store: Store, timeoutMs: number): Promise<void> {
  const write = store.prisma.$executeRaw`
    INSERT INTO health_probe (id, checked_at) VALUES (1, now()) ON CONFLICT (id) DO UPDATE SET checked_at = now()`;
  write.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Postgres did not answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([write, late]);
  } finally {
    clearTimeout(timer);
  }
}
