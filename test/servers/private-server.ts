/** A server for one test run, thrown away afterwards. */
export interface PrivateServer {
  /** Stays the same over `restart` and `kill`. */
  readonly url: string;
  /** How it is provided, for the one line that is printed. */
  readonly kind: string;
  /** Stops it properly and starts it again, with its data; also brings back one that was killed. */
  restart(): Promise<void>;
  /** Ends it as a power cut would and leaves it down. */
  kill(): Promise<void>;
  /** Ends it and throws its data away. */
  stop(): Promise<void>;
}

const told = new Set<string>();

/** Prints once in a process what the tests run on. */
export function tell(what: string): void {
  if (told.has(what)) return;
  told.add(what);
  process.stderr.write(`test servers: ${what}\n`);
}

const cleanups = new Set<() => void>();

/** Runs `cleanup`, which must be synchronous, when this process ends without having called the function returned. */
export function onExit(cleanup: () => void): () => void {
  if (cleanups.size === 0) process.once('exit', () => [...cleanups].map((one) => one()));
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}
