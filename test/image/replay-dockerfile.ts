import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';

/** What a Dockerfile makes, as a folder. */
export interface ReplayedImage {
  /** Its file system, but for what is in its base image. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

type Stage = { -readonly [name in keyof ReplayedImage]: ReplayedImage[name] };

/**
 * Does in `folder` what a container engine would do with `dockerfile`: a file system for each stage, from a context that is
 * filtered by .dockerignore. Base images are not fetched: RUN finds in the PATH of `env` what they would bring, and may
 * use no absolute path. Throws at an instruction that it does not know.
 */
export function replayDockerfile(dockerfile: string, context: string, folder: string, env: NodeJS.ProcessEnv): Stage {
  const filtered = join(folder, 'context');
  copyContext(context, filtered);
  const stages = new Map<string, Stage>();
  let stage = newStage(join(folder, 'stage-0'));
  for (const [instruction, text] of instructionsOf(readFileSync(dockerfile, 'utf8'))) {
    const value = text.replaceAll(/\$(\w+)/g, (name, key: string) => stage.env[key] ?? name);
    const here = () => join(stage.root, stage.workdir);
    switch (instruction) {
      case 'FROM': {
        const [, name = `${stages.size}`] = / AS (\S+)$/.exec(value) ?? [];
        stage = newStage(join(folder, `stage-${stages.size}`));
        stages.set(name, stage);
        break;
      }
      case 'WORKDIR':
        stage.workdir = value;
        mkdirSync(here(), { recursive: true });
        break;
      case 'COPY': {
        const [, from, source = '', target = ''] = /^(?:--from=(\S+) )?(\S+) (\S+)$/.exec(value) ?? [];
        const origin = from === undefined ? filtered : stages.get(from)?.root;
        if (origin === undefined || source === '') throw new Error(`COPY ${value}`);
        cpSync(join(origin, source), join(here(), target), { recursive: true });
        break;
      }
      case 'RUN':
        execFileSync('sh', ['-ec', text], { cwd: here(), env: { ...env, ...stage.env }, stdio: ['ignore', 2, 2] });
        break;
      case 'ARG':
      case 'ENV':
        stage.env = { ...stage.env, ...assignments(value) };
        break;
      case 'LABEL':
        stage.labels = { ...stage.labels, ...assignments(value) };
        break;
      case 'USER':
        stage.user = value;
        break;
      case 'HEALTHCHECK':
        stage.healthcheck = JSON.parse(value.slice(value.indexOf('CMD ') + 4));
        break;
      case 'ENTRYPOINT':
        stage.entrypoint = JSON.parse(value);
        break;
      case 'CMD':
        stage.command = JSON.parse(value);
        break;
      case 'EXPOSE':
        break;
      default:
        throw new Error(`${instruction} is not replayed.`);
    }
  }
  return stage;
}

const newStage = (root: string): Stage => {
  mkdirSync(root, { recursive: true });
  return { root, workdir: '/', env: {}, labels: {}, user: 'root', entrypoint: [], command: [], healthcheck: [] };
};

const instructionsOf = (dockerfile: string): [string, string][] =>
  dockerfile
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);

const assignments = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, name, quoted, bare]) => [name, quoted ?? bare]),
  );

/** The last pattern that a path or a folder above it matches decides. */
function copyContext(from: string, to: string): void {
  const patterns = readFileSync(join(from, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
  const isIgnored = (path: string): boolean => {
    const parts = path.split('/');
    const above = parts.map((_, at) => parts.slice(0, at + 1).join('/'));
    const last = patterns.findLast((pattern) => above.some((one) => matchesGlob(one, pattern.replace(/^!/, ''))));
    return last !== undefined && !last.startsWith('!');
  };
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(from, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (isIgnored(path)) continue;
      if (entry.isDirectory()) visit(path);
      else cpSync(join(from, path), join(to, path), { recursive: true });
    }
  };
  visit('');
}
