import { UnreachableError } from '@keyferry/client';

const tries = 5;

/**
 * Does it again where a connection was lost: on a busy machine a server may close an idle one just as it is used. Only for
 * what may be done twice.
 */
export async function onceMore<T>(work: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n += 1) {
    try {
      return await work();
    } catch (error) {
      const isLost =
        error instanceof UnreachableError || (error instanceof TypeError && error.message === 'fetch failed');
      if (!isLost || n === tries) throw error;
    }
  }
}
