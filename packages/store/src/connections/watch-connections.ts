import type { Socket } from 'node:net';
import pg from 'pg';
import { postgresLimits } from './postgres-limits.ts';
import type { Backend } from './session-settings.ts';

const checkEveryMs = 1_000;

/** Our own backends among those given. */
const these = `pg_stat_activity a JOIN jsonb_to_recordset($1::jsonb) AS b(pid int, "startedAt" text)
  ON b.pid = a.pid AND b."startedAt" = extract(epoch FROM a.backend_start)::text WHERE a.usename = current_user`;

/** A query got no answer, and Postgres does not work on it. Reads as a timeout of the socket, for the driver above. */
export class PostgresSilent extends Error {
  override readonly name = 'PostgresSilent';
  readonly code = 'ETIMEDOUT';
  readonly syscall = 'read';
  readonly errno = -110;
}

interface Watched {
  readonly socket: Socket;
  readonly backend: Backend;
  /** Monotonic, milliseconds: since when a query waits without a byte of answer; null: none waits. */
  waitsSince: number | null;
  lastHeardAt: number;
  /** In its pool, unused. */
  resting: boolean;
  /** The wait in which Postgres was found idle once: the answer may have been on its way. */
  doubted: number | null;
}

/**
 * Closes connections that have died without a word: a firewall or a proxy dropped them, and no packet says so. A query that
 * waits is not proof, since it may be slow. So a connection whose query got no byte for a while is looked up in
 * pg_stat_activity from a new connection: where its backend works (or waits for a lock), the query goes on; where it does
 * not, twice in a row, the answer was lost. Then the connection is closed, its query fails, its backend is terminated, so that
 * its locks are free, and the connections that rest in the pools of this process go with it: what forgot one has forgotten
 * others, and each would cost a query as long again.
 */
export class ConnectionWatch {
  /** Those of this process that have connections. */
  static readonly #all = new Set<ConnectionWatch>();
  readonly #config: pg.ClientConfig;
  readonly #onSilent: (error: Error) => void;
  readonly #watched = new Set<Watched>();
  readonly #byClient = new WeakMap<pg.ClientBase, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #checking = false;

  /** `config`: how to reach the same Postgres; `onSilent` is called for each connection that is closed. */
  constructor(config: pg.ClientConfig, onSilent: (error: Error) => void = () => undefined) {
    this.#config = config;
    this.#onSilent = onSilent;
  }

  /** Watches a connected client until it ends. */
  add(client: pg.ClientBase, backend: Backend): void {
    const socket = socketOf(client);
    const watched: Watched = {
      ...{ socket, backend, waitsSince: null, doubted: null, resting: false },
      lastHeardAt: performance.now(),
    };
    this.#byClient.set(client, watched);
    socket.on('data', () => {
      watched.lastHeardAt = performance.now();
      if (watched.waitsSince !== null) watched.waitsSince = watched.lastHeardAt;
    });
    let waiting = 0;
    const began = () => {
      waiting += 1;
      watched.waitsSince ??= performance.now();
    };
    const ended = () => {
      waiting -= 1;
      if (waiting === 0) watched.waitsSince = null;
    };
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      const callback = args.at(-1);
      if (typeof callback === 'function') {
        began();
        return query(...args.slice(0, -1), (...results: unknown[]) => {
          ended();
          callback(...results);
        });
      }
      const answer = query(...args);
      if (!(answer instanceof Promise)) return answer;
      began();
      return answer.finally(ended);
    }) as typeof client.query;
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => void this.#check(), checkEveryMs).unref();
    ConnectionWatch.#all.add(this);
    socket.once('close', () => {
      this.#watched.delete(watched);
      if (this.#watched.size === 0) this.#stop();
    });
  }

  /** Says that a client went back to its pool, or was taken from it. */
  setResting(client: pg.ClientBase, resting: boolean): void {
    const watched = this.#byClient.get(client);
    if (watched) watched.resting = resting;
  }

  /** Closes the connections that are still open: what waits on them fails. */
  closeAll(): void {
    for (const { socket } of this.#watched) socket.destroy();
    this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    ConnectionWatch.#all.delete(this);
  }

  async #check(): Promise<void> {
    if (this.#checking) return;
    const suspects = [...this.#watched].filter((one) => waitedMs(one) >= postgresLimits.silentMs);
    if (suspects.length === 0) return;
    this.#checking = true;
    const asked = performance.now();
    try {
      const working = await this.#findWorking(suspects.map(({ backend }) => backend));
      const idle = suspects.filter((one) => isSilentSince(one, asked) && !working.has(one.backend.pid));
      const dead = idle.filter((one) => one.doubted === one.waitsSince);
      for (const one of idle) one.doubted = one.waitsSince;
      if (dead.length === 0) return;
      await this.#terminate(dead.map(({ backend }) => backend)).catch(() => undefined);
      // First those that rest: what fails now is tried again at once, and must not be given one of them.
      const { connectionString } = this.#config;
      const all = [...ConnectionWatch.#all].filter((one) => one.#config.connectionString === connectionString);
      await Promise.all(all.map((one) => one.#closeResting()));
      this.#close(dead, 'Postgres is not running the query and never answered: the connection is dead');
    } catch {
      // No new connection either: Postgres is away, or too busy to say.
      const late = suspects.filter((one) => isSilentSince(one, asked) && waitedMs(one) >= postgresLimits.awayMs);
      this.#close(
        late,
        `Postgres did not answer within ${postgresLimits.awayMs / 1_000} s, and accepts no new connection`,
      );
    } finally {
      this.#checking = false;
    }
  }

  /** The ids of those backends that work on something, or wait for a lock. */
  async #findWorking(backends: readonly Backend[]): Promise<Set<number>> {
    const rows = await this.#ask<{ pid: number }>(
      `SELECT a.pid FROM ${these} AND a.state IN ('active', 'fastpath function call')
         AND a.wait_event_type IS DISTINCT FROM 'Client'`,
      backends,
    );
    return new Set(rows.map(({ pid }) => pid));
  }

  /** Ends backends that are no longer reachable: a transaction that is open there would keep its locks. */
  async #terminate(backends: readonly Backend[]): Promise<void> {
    await this.#ask(`SELECT pg_terminate_backend(a.pid) FROM ${these}`, backends);
  }

  async #ask<Row extends pg.QueryResultRow>(sql: string, backends: readonly Backend[]): Promise<Row[]> {
    const client = new pg.Client({
      ...this.#config,
      connectionTimeoutMillis: postgresLimits.connectMs,
      query_timeout: postgresLimits.connectMs,
      application_name: 'keyferry-watch',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<Row>(sql, [JSON.stringify(backends)])).rows;
    } finally {
      closeSocket(client);
    }
  }

  #close(dead: readonly Watched[], why: string): void {
    for (const { socket } of dead) {
      const error = new PostgresSilent(`${why}.`);
      this.#onSilent(error);
      socket.destroy(error);
    }
  }

  async #closeResting(): Promise<void> {
    const resting = [...this.#watched].filter((one) => one.resting);
    await Promise.all(resting.map(({ socket }) => new Promise((resolve) => socket.once('close', resolve).destroy())));
    // Their pool learns of it behind that.
    await new Promise(setImmediate);
  }
}

const waitedMs = ({ waitsSince }: Watched): number => (waitsSince === null ? 0 : performance.now() - waitsSince);

const isSilentSince = ({ waitsSince }: Watched, since: number): boolean => waitsSince !== null && waitsSince <= since;

/** Ends a client without a farewell. */
export const closeSocket = (client: pg.ClientBase): void => void socketOf(client).destroy();

/** Below every connected client of pg; its types do not show it. */
function socketOf(client: pg.ClientBase): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}
