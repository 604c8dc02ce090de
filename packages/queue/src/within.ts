/**
 * Runs something that may hang while a server is away, and rejects when `ms` have passed. The work is told by `signal`,
 * so that it does not start its next step after everybody has stopped waiting.
 */
export async function within<T>(ms: number, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`${what}: no answer within ${ms} ms`);
      over.abort(error);
      reject(error);
    }, ms);
  });
  const working = work(over.signal);
  working.catch(() => undefined);
  try {
    return await Promise.race([working, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
