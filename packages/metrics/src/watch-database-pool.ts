import { Gauge, type Registry } from 'prom-client';

/** Connections of a pool, now. */
export interface PoolUse {
  /** Most connections that it may have. */
  readonly size: number;
  readonly inUse: number;
  readonly idle: number;
  /** Queries that wait for a connection. */
  readonly waiting: number;
}

/** Exposes the pool of connections to Postgres of this process; it is read at each scrape. */
export function watchDatabasePool(registry: Registry, read: () => PoolUse): void {
  const registers = [registry];
  new Gauge({
    name: 'keyferry_database_pool_connections',
    help: 'Open connections to Postgres by state.',
    labelNames: ['state'],
    registers,
    collect() {
      const { inUse, idle } = read();
      this.set({ state: 'in_use' }, inUse);
      this.set({ state: 'idle' }, idle);
    },
  });
  new Gauge({
    name: 'keyferry_database_pool_size',
    help: 'Maximum number of connections to Postgres of this process.',
    registers,
    collect() {
      this.set(read().size);
    },
  });
  new Gauge({
    name: 'keyferry_database_pool_waiting',
    help: 'Queries that wait for a connection.',
    registers,
    collect() {
      this.set(read().waiting);
    },
  });
}
