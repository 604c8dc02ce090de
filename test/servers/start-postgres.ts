import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import {
  freePort,
  initialise,
  launch,
  owner,
  prepareCluster,
  stopServer,
  waitUntilAnswering,
} from '../../packages/store/src/embedded-postgres-server.ts';
import { asPrivateServer, dockerAnswers, fixedPort } from './docker.ts';
import { onExit, type PrivateServer, tell } from './private-server.ts';

const image = 'postgres:18-alpine';
/** It lives for one test run: losing it to a power cut is fine, waiting for the disk is not. */
const hasty = ['fsync=off', 'full_page_writes=off'];

/**
 * Starts a Postgres of the test's own: in Docker where an engine answers, else the embedded one in a temporary folder.
 * `keepsCommits`: what was committed is there after `kill` too, as it is in production; else the newest may be gone.
 */
export async function startPostgres({ keepsCommits = false } = {}): Promise<PrivateServer> {
  const settings = [...hasty, `synchronous_commit=${keepsCommits ? 'on' : 'off'}`, 'max_connections=300'];
  return (await dockerAnswers()) ? inDocker(settings) : embedded(settings);
}

async function inDocker(settings: readonly string[]): Promise<PrivateServer> {
  tell(`Postgres is ${image} in Docker`);
  const container = await new PostgreSqlContainer(image)
    .withExposedPorts(await fixedPort(5432))
    .withCommand(['postgres', ...settings.flatMap((setting) => ['-c', setting])])
    .start();
  const url = container.getConnectionUri();
  return asPrivateServer('docker', url, container, () => waitUntilAnswering(url, 60_000).then(() => undefined));
}

async function embedded(settings: readonly string[]): Promise<PrivateServer> {
  const directory = await mkdtemp(join(tmpdir(), 'keyferry-postgres-'));
  await chmod(directory, 0o755);
  const cluster = await prepareCluster(join(directory, 'data'));
  await initialise(cluster, 'test', { sync: false });
  tell(`Postgres is the embedded one (${cluster.binaries.postgres})`);
  const port = await freePort();
  const url = `postgresql://${owner}:test@127.0.0.1:${port}/postgres`;
  let pid: number | undefined;

  const start = async () => {
    for (let attempt = 1; ; attempt += 1) {
      const started = launch(cluster, {
        port,
        logFile: join(directory, 'server.log'),
        settings: [...settings],
      });
      pid = started.pid;
      try {
        await waitUntilAnswering(url, 30_000, started.failed);
        return;
      } catch (error) {
        // Should it have been killed, its children take a moment to let go of the shared memory.
        if (attempt === 10) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  };
  const kill = () => {
    if (pid === undefined) return;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
    pid = undefined;
  };
  const forget = onExit(() => {
    kill();
    for (const path of [directory, cluster.dataDirectory]) rmSync(path, { recursive: true, force: true });
  });

  await start();
  return {
    url,
    kind: 'embedded',
    async restart() {
      if (pid !== undefined) await stopServer(cluster, 'fast');
      await start();
    },
    async kill() {
      // Not SIGKILL: its children would go on answering for a moment.
      if (pid !== undefined) await stopServer(cluster, 'immediate').catch(kill);
      pid = undefined;
    },
    async stop() {
      if (pid !== undefined) await stopServer(cluster, 'immediate').catch(kill);
      pid = undefined;
      forget();
      for (const path of [directory, cluster.dataDirectory]) await rm(path, { recursive: true, force: true });
    },
  };
}
