/** Whether the queue takes jobs. */
export interface QueueHealth {
  /** It answers; whether it takes a write is `refuses`. */
  readonly answers: boolean;
  /** Why it refuses writes, in its own words; null: it takes them, or does not answer. */
  readonly refuses: string | null;
}

/** How Redis begins an answer that says that it cannot take a write now or here, and the Postgres engine with it. */
const refusals = /^(?:READONLY|OOM|MISCONF|NOREPLICAS|CLUSTERDOWN|MOVED|MASTERDOWN|LOADING|NOPERM|NOAUTH)\b/;

/** What a write of the health check came to. */
export async function checkQueue(write: () => Promise<void>): Promise<QueueHealth> {
  try {
    await write();
    return { answers: true, refuses: null };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return refusals.test(message) ? { answers: true, refuses: message } : { answers: false, refuses: null };
  }
}
