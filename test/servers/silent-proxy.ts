import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy on loopback in front of a server, which can behave as a firewall that has forgotten its connections. */
export interface SilentProxy {
  /** The address of the server, through the proxy. */
  readonly url: string;
  /** Connections that are open now. */
  readonly open: number;
  /** From now on nothing is forwarded any more on the connections that are open, and nothing says so; new ones work. */
  silence(): void;
  stop(): Promise<void>;
}

export async function startSilentProxy(serverUrl: string, defaultPort: number): Promise<SilentProxy> {
  const target = new URL(serverUrl);
  const pairs = new Set<{ near: Socket; far: Socket; silent: boolean }>();
  const server = createServer((near) => {
    const far = connect(Number(target.port || defaultPort), target.hostname);
    const pair = { near, far, silent: false };
    pairs.add(pair);
    const forward = (from: Socket, to: Socket) => {
      from.on('data', (chunk) => {
        if (!pair.silent) to.write(chunk);
      });
      // A connection that was forgotten tells nobody of its end either.
      from.on('close', () => {
        if (pair.silent) return;
        to.destroy();
        pairs.delete(pair);
      });
      from.on('error', () => undefined);
    };
    forward(near, far);
    forward(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    get open() {
      return [...pairs].filter(({ silent, near }) => !silent && !near.destroyed).length;
    },
    silence() {
      for (const pair of pairs) pair.silent = true;
    },
    async stop() {
      for (const { near, far } of pairs) {
        near.destroy();
        far.destroy();
      }
      server.close();
    },
  };
}
