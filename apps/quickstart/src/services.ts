import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

const endWithParent = new URL('../../../scripts/exit-with-parent.mjs', import.meta.url).href;

/** A process of the quickstart; what it says goes into a log file. */
export interface Service {
  readonly name: string;
  readonly logFile: string;
  stop(): Promise<void>;
}

/**
 * Starts one of our processes and waits until its output matches `ready`; answers the match. Its output goes to
 * `<name>.log` in the directory. Throws with the last lines when it ends first.
 */
export async function startService(
  name: string,
  script: string,
  env: NodeJS.ProcessEnv,
  { directory, ready, onGone }: { directory: string; ready: RegExp; onGone: (name: string, logFile: string) => void },
): Promise<{ service: Service; match: RegExpExecArray }> {
  const logFile = join(directory, `${name}.log`);
  const log = createWriteStream(logFile, { flags: 'w', mode: 0o600 });
  // A process group of its own: Ctrl-C in the terminal is for us, who stop the others in order. Should we be killed
  // without a chance to do so, it ends by itself.
  const child = spawn(process.execPath, ['--import', endWithParent, script], {
    env: { ...env, KEYFERRY_PARENT: String(process.pid) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stopping = false;
  const match = await new Promise<RegExpExecArray>((resolve, reject) => {
    let said = '';
    const listen = (chunk: Buffer) => {
      log.write(chunk);
      said = (said + chunk.toString()).slice(-20_000);
      const found = ready.exec(said);
      if (found) resolve(found);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', (code) =>
      reject(new Error(`${name} exited with code ${code}:\n${said.split('\n').slice(-15).join('\n')}`)),
    );
  });
  child.once('exit', () => {
    if (!stopping) onGone(name, logFile);
  });
  return {
    match,
    service: {
      name,
      logFile,
      stop: async () => {
        stopping = true;
        await end(child);
        log.end();
      },
    },
  };
}

/** SIGTERM, and SIGKILL for one that takes longer than half a minute. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await gone;
  clearTimeout(force);
}
