/** Where a Redis, its Sentinels or its Cluster answer. */
export type RedisTarget =
  | ({ kind: 'single'; host: string; port: number } & RedisLogin)
  | ({
      kind: 'sentinel';
      sentinels: RedisNode[];
      master: string;
      sentinelUsername?: string;
      sentinelPassword?: string;
    } & RedisLogin)
  | ({ kind: 'cluster'; nodes: RedisNode[] } & RedisLogin);

export interface RedisNode {
  host: string;
  port: number;
}

interface RedisLogin {
  tls: boolean;
  username?: string;
  password?: string;
  db: number;
}

const form =
  /^redis(?<tls>s)?(?:-(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^:@/]*)(?::(?<pass>[^@/]*))?@)?(?<hosts>[^/?#@]+)(?:\/(?<path>[^?#]*))?(?:\?(?<query>.*))?$/;

/**
 * Reads `REDIS_URL`. Forms:
 * - `redis://[[user]:password@]host[:6379][/db]`, `rediss://…` with TLS
 * - `redis-sentinel://[[user]:password@]host[:26379],host2[:26379]/<master name>[/db][?sentinel_username=…&sentinel_password=…]`
 * - `redis-cluster://[[user]:password@]host[:6379],host2[:6379]` (a Cluster has only database 0)
 * - `rediss-sentinel://` and `rediss-cluster://` with TLS
 *
 * User and password are those of Redis itself and are percent-decoded; Sentinels with a user or a password of their own
 * take them from the query. IPv6 addresses stand in brackets. Throws an error that never quotes the URL, as it holds a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const parts = form.exec(url.trim())?.groups;
  if (!parts?.hosts) throw misunderstood('it has none of the supported forms');
  const [first = '', second = ''] = (parts.path ?? '').split('/');
  const login = (db: string): RedisLogin => ({
    tls: parts.tls === 's',
    ...(parts.user ? { username: decode(parts.user) } : {}),
    ...(parts.pass ? { password: decode(parts.pass) } : {}),
    db: readDatabase(db),
  });
  if (parts.kind === 'sentinel') {
    if (!first) throw misunderstood('the name of the master is missing after the Sentinels');
    const query = new URLSearchParams(parts.query);
    const sentinelUsername = query.get('sentinel_username');
    const sentinelPassword = query.get('sentinel_password');
    return {
      kind: 'sentinel',
      sentinels: readNodes(parts.hosts, 26379),
      master: decode(first),
      ...(sentinelUsername ? { sentinelUsername } : {}),
      ...(sentinelPassword ? { sentinelPassword } : {}),
      ...login(second),
    };
  }
  const nodes = readNodes(parts.hosts, 6379);
  if (parts.kind === 'cluster') {
    if (readDatabase(first) !== 0) throw misunderstood('a Cluster has only database 0');
    return { kind: 'cluster', nodes, ...login('') };
  }
  const [node, another] = nodes;
  if (!node || another) throw misunderstood('several hosts need redis-sentinel:// or redis-cluster://');
  return { kind: 'single', ...node, ...login(first) };
}

function readNodes(hosts: string, defaultPort: number): RedisNode[] {
  return hosts.split(',').map((text) => {
    const node = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d+))?$/.exec(text.trim())?.groups;
    const host = node?.v6 ?? node?.name;
    const port = Number(node?.port ?? defaultPort);
    if (!host || port < 1 || port > 65_535) throw misunderstood('a host or port is malformed');
    return { host, port };
  });
}

function readDatabase(text: string): number {
  if (text === '') return 0;
  if (!/^\d{1,4}$/.test(text)) throw misunderstood('the database is not a number');
  return Number(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw misunderstood('user, password or master name are not percent-encoded properly');
  }
}

function misunderstood(why: string): Error {
  return new Error(
    `REDIS_URL is not valid: ${why}. Supported: redis[s]://[user:password@]host:port/db, ` +
      'redis[s]-sentinel://[user:password@]host:port,host:port/master/db and redis[s]-cluster://[user:password@]host:port,host:port',
  );
}
