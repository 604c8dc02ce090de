import { getContainerRuntimeClient } from 'testcontainers';
import { freePort } from '../../packages/store/src/embedded-postgres-server.ts';
import type { PrivateServer } from './private-server.ts';

let answer: Promise<boolean> | undefined;

/** Whether a Docker engine (or one that speaks like it) answers here. */
export function dockerAnswers(): Promise<boolean> {
  answer ??= getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
  return answer;
}

/** A started container as a private server, on a port of the host that stays the same when it is started again. */
export async function asPrivateServer(
  kind: string,
  url: string,
  container: { getId(): string },
  untilAnswering: () => Promise<void>,
): Promise<PrivateServer> {
  const engine = await getContainerRuntimeClient();
  const handle = engine.container.getById(container.getId());
  let running = true;
  return {
    url,
    kind,
    async restart() {
      if (running) await handle.restart();
      else await handle.start();
      running = true;
      await untilAnswering();
    },
    async kill() {
      if (running) await handle.kill({ signal: 'SIGKILL' });
      running = false;
    },
    async stop() {
      await handle.remove({ force: true, v: true });
    },
  };
}

/** The same port of the host at every start, which Docker does not promise for one that it chooses itself. */
export async function fixedPort(container: number): Promise<{ container: number; host: number }> {
  return { container, host: await freePort() };
}
