import type pg from 'pg';
import { connectClient } from '../connections/open-pool.ts';
import { closeSocket } from '../connections/watch-connections.ts';

/** Without a connection that listens another try is made after this, milliseconds. */
const againAfterMs = 2_000;
/** A connection that only listens would not notice that it is dead: it is asked something now and then. */
const askEveryMs = 20_000;

/**
 * Calls `onWork` whenever Postgres tells of new work: a plan, a drill, a check, an event. `isListening` is false while nothing
 * would be heard, so that its user asks instead. `stop` never rejects.
 */
export function listenForWork(
  url: string,
  onWork: () => void,
): { readonly isListening: boolean; stop(): Promise<void> } {
  let client: pg.Client | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const listen = async () => {
    try {
      const connected = await connectClient(url, 'keyferry-wake');
      if (stopped) return await connected.end();
      connected.on('notification', onWork);
      connected.once('end', () => lose(connected));
      await connected.query('LISTEN keyferry_work');
      client = connected;
      // What came before nobody has heard.
      onWork();
      ask(connected);
    } catch {
      again();
    }
  };
  const ask = (connected: pg.Client) => {
    timer = setTimeout(() => {
      connected.query('SELECT 1').then(
        () => ask(connected),
        () => closeSocket(connected),
      );
    }, askEveryMs).unref();
  };
  const lose = (connected: pg.Client) => {
    if (client === connected) client = null;
    again();
  };
  const again = () => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => void listen(), againAfterMs).unref();
  };
  void listen();
  return {
    get isListening() {
      return client !== null;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
}
