import type { Store } from '../store.ts';
import { SealError } from './seal.ts';

/**
 * Notes the key that seals from now on, and throws a SealError when one is missing with which something has been sealed: it
 * is better not to start than to find that out in the middle of a plan.
 */
export async function checkSealKeys({ prisma, seal }: Store): Promise<void> {
  const used = await prisma.sealKey.findMany();
  const missing = used.filter(({ id }) => !seal.keyIds.includes(id)).map(({ id }) => id);
  if (missing.length > 0) {
    throw new SealError(
      `KEYFERRY_ENCRYPTION_KEY lacks the key ${missing.join(' and ')}, which sealed key policies or webhook secrets. ` +
        'Add it after the current key, separated by a comma.',
    );
  }
  const [present] = seal.keyIds;
  if (present === undefined) return;
  await prisma.$executeRaw`INSERT INTO seal_keys (id) VALUES (${present}) ON CONFLICT DO NOTHING`;
}
