import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Service, startService } from '../harness/child-process.ts';
import { startSimulator } from '../harness/simulator.ts';
import { startPostgres, startRedis } from '../servers/index.ts';
import { type ReplayedImage, replayDockerfile } from './replay-dockerfile.ts';

/**
 * `npm run check:image`: builds the image by replaying deploy/Dockerfile, then runs API and worker of it as a container would: as
 * its user, from files that it cannot change. Then the same with the oldest Node that the npm package is for.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'keyferry-image-'));
const bin = join(folder, 'bin');
const say = (text: string) => process.stderr.write(`check:image: ${text}\n`);

try {
  const image = build();
  await runs(image, join(bin, 'node'), 'the Node of the image');
  const { engines } = JSON.parse(readFileSync(join(image.root, image.workdir, 'package.json'), 'utf8'));
  await runs(image, oldestNode(engines.node.replace('>=', '')), `Node ${engines.node}`);
} finally {
  execFileSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true });
}

function build(): ReplayedImage {
  chmodSync(folder, 0o755);
  mkdirSync(bin);
  // Another user than ours runs it, who may not be allowed to look into this checkout.
  copyFileSync(process.execPath, join(bin, 'node'));
  // A container engine hands on nothing of who calls it; what npm needs to reach its registry is the exception.
  const { HOME, PATH, NODE_ENV: _caller, ...rest } = process.env;
  const npm = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('npm_')));
  // Not the checkout's programs: the build has what it installs, and what its base image has.
  const path = [bin, ...(PATH ?? '').split(':').filter((one) => !one.includes('node_modules'))].join(':');
  const image = replayDockerfile(join(root, 'deploy/Dockerfile'), root, folder, { ...npm, HOME, PATH: path });
  const { components } = JSON.parse(readFileSync(join(image.root, image.workdir, 'sbom.cdx.json'), 'utf8'));
  const size = execFileSync('du', ['-sm', image.root], { encoding: 'utf8' }).split('\t')[0];
  say(`built: ${size} MB on top of its base image; its SBOM names ${components.length} packages`);
  execFileSync('chmod', ['-R', 'a-w', image.root]);
  return image;
}

async function runs(image: ReplayedImage, node: string, what: string): Promise<void> {
  const [uid = 0, gid = 0] = image.user.split(':').map(Number);
  if (!(uid > 0)) throw new Error(`The image runs as ${image.user}.`);
  const inside = { cwd: join(image.root, image.workdir), ...(process.getuid?.() === 0 ? { uid, gid } : {}) };
  const [program, ...script] = image.entrypoint;
  if (program !== 'node') throw new Error(`The image runs ${program}.`);
  const [postgres, redis, simulator] = await Promise.all([startPostgres(), startRedis(), startSimulator()]);
  const services: Service[] = [];
  try {
    const env = {
      ...image.env,
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      CCKM_URL: simulator.url,
      CCKM_USERNAME: 'admin',
      CCKM_PASSWORD: 'keyferry-simulator',
      KEYFERRY_ADMIN_TOKEN: randomBytes(32).toString('hex'),
    };
    const start = async (args: readonly string[], more: Record<string, string>, ready: RegExp) => {
      const service = await startService(args.join(' '), [...script, ...args], { ...env, ...more }, ready, {
        node,
        ...inside,
      });
      services.push(service);
      return service.readyLine[1] ?? '';
    };
    const run = (args: readonly string[], more: Record<string, string> = {}) =>
      execFileSync(node, args, { ...inside, env: { ...env, ...more }, encoding: 'utf8' });
    run([...script, 'migrate']);
    const url = await start(image.command, { KEYFERRY_PORT: '0' }, /"address":"([^"]+)"/);
    await start(['worker'], {}, /worker started/);
    for (const path of ['/healthz', '/readyz']) {
      const { status } = await fetch(`${url}${path}`);
      if (status !== 200) throw new Error(`${path} answers ${status}`);
    }
    run(image.healthcheck.slice(1), { KEYFERRY_PORT: new URL(url).port });
    run([...script, 'worker-health']);
    run([...script, 'plan', 'list'], { KEYFERRY_URL: url, KEYFERRY_TOKEN: env.KEYFERRY_ADMIN_TOKEN });
    for (const service of services) {
      const code = await service.stop();
      if (code !== 0) throw new Error(`${service.name} ended with ${code}`);
    }
    say(`API, worker, health checks and CLI run with ${what}`);
  } finally {
    await Promise.all(services.filter((service) => service.running).map((service) => service.kill()));
    await Promise.all([simulator.stop(), redis.stop(), postgres.stop()]);
  }
}

/** That version of Node, installed below .keyferry/tools. */
function oldestNode(version: string): string {
  const tool = join(root, '.keyferry/tools', `node-${version}`);
  const node = join(tool, 'node_modules/node/bin/node');
  if (!existsSync(node)) {
    mkdirSync(tool, { recursive: true });
    writeFileSync(join(tool, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
    execFileSync('npm', ['install', '--no-save', `node@${version}`], { cwd: tool, stdio: ['ignore', 2, 2] });
  }
  const copy = join(bin, `node-${version}`, 'node');
  mkdirSync(dirname(copy));
  copyFileSync(node, copy);
  return copy;
}
