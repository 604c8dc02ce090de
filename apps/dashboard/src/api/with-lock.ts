/**
 * Locks that all tabs of a browser share. Browsers have them in secure contexts only; over plain HTTP, except on localhost, leases in
 * localStorage take their place. Those are less exact: for a moment two tabs may believe that they hold one, until one of them
 * reads that it does not.
 */

/** Done by one tab at a time. `lost` ends it when the lease of the tab ran out, as while a computer slept. */
type Work = (lost: AbortSignal) => Promise<void>;

/** Waits for the lock of that name, and holds it during the work. Rejects with an AbortError when `signal` ends the waiting. */
export function withLock(name: string, signal: AbortSignal, work: Work): Promise<void> {
  if (navigator.locks === undefined) return withLease(`keyferry lock ${name}`, signal, work);
  return navigator.locks.request(`keyferry ${name}`, { signal }, () => work(new AbortController().signal));
}

/** A tab that crashed renews its lease no more: this is how long others wait for it. */
const leaseMs = 5_000;
const renewEveryMs = 1_000;
/** Two tabs that write at the same moment both read what the last of them wrote, after this time. */
const agreedAfterMs = 150;

interface Lease {
  readonly tab: string;
  readonly until: number;
}

async function withLease(key: string, signal: AbortSignal, work: Work): Promise<void> {
  const tab = Math.random().toString(36);
  const lost = new AbortController();
  let clock: ReturnType<typeof setInterval> | undefined;
  const release = () => {
    if (leaseOf(key)?.tab === tab) localStorage.removeItem(key);
  };
  window.addEventListener('pagehide', release);
  try {
    while (leaseOf(key)?.tab !== tab) {
      signal.throwIfAborted();
      const free = leaseOf(key) === null;
      if (free) take(key, tab);
      await (free ? pause(agreedAfterMs, signal) : changed(key, signal));
    }
    signal.throwIfAborted();
    clock = setInterval(() => {
      const holder = leaseOf(key)?.tab ?? tab;
      if (holder === tab) take(key, tab);
      else lost.abort();
    }, renewEveryMs);
    await work(lost.signal);
  } finally {
    clearInterval(clock);
    window.removeEventListener('pagehide', release);
    release();
  }
}

/** Who holds a lease; null: nobody does any more. */
function leaseOf(key: string): Lease | null {
  const lease = JSON.parse(localStorage.getItem(key) ?? 'null') as Lease | null;
  return lease !== null && lease.until > Date.now() ? lease : null;
}

function take(key: string, tab: string): void {
  localStorage.setItem(key, JSON.stringify({ tab, until: Date.now() + leaseMs } satisfies Lease));
}

/** Waits until another tab changes the lease, and no longer than the lease lasts. */
function changed(key: string, signal: AbortSignal): Promise<void> {
  const heard = new AbortController();
  const hear = (event: StorageEvent) => event.key === key && event.newValue === null && heard.abort();
  window.addEventListener('storage', hear);
  return pause(leaseMs, AbortSignal.any([signal, heard.signal])).finally(() =>
    window.removeEventListener('storage', hear),
  );
}

/** Waits, or until `signal` ends it. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener('abort', over);
    if (signal.aborted) over();
  });
}
