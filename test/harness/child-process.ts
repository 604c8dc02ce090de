import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from './bare-environment.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One of our processes, started as it is in production: `node apps/…/src/main.ts` with an environment. */
export interface Service {
  readonly name: string;
  readonly pid: number;
  /** Everything it has said so far. */
  output(): string;
  /** SIGTERM, and waits; answers the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, as a crash; waits until it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP, as a machine that stalls; `thaw` lets it go on. */
  freeze(): void;
  thaw(): void;
  readonly running: boolean;
}

/** Every service that a test started and did not stop; killed when the test process ends. */
const started = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

/** How a service is started, where not as it is in a checkout. */
export interface StartOptions {
  readonly node?: string;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** Starts a service and waits until it says `ready`. Fails with its output when it ends before. `script` may have arguments. */
export async function startService(
  name: string,
  script: string | readonly string[],
  env: Record<string, string>,
  ready: RegExp,
  { node = process.execPath, ...options }: StartOptions = {},
): Promise<Service & { readonly readyLine: RegExpExecArray }> {
  const child = spawn(node, [script].flat(), {
    cwd: root,
    ...options,
    env: { ...bareEnvironment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child);
  let output = '';
  const gone = once(child, 'exit').then(() => started.delete(child));
  const readyLine = await new Promise<RegExpExecArray>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk.toString();
      const match = ready.exec(output);
      if (match) resolve(match);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', (code) => reject(new Error(`${name} ended with ${code} before it was ready:\n${output}`)));
  });
  return {
    name,
    pid: child.pid ?? 0,
    readyLine,
    output: () => output,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
      return child.exitCode;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
