import type { Store } from './store.ts';

/** Resolves when Postgres answers, within `timeoutMs`; rejects otherwise. */
export async function ping(store: Store, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Postgres did not answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([store.prisma.$queryRaw`SELECT 1`, late]);
  } finally {
    clearTimeout(timer);
  }
}
