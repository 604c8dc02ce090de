/**
 * Ends a service when the npm that runs it is gone. A kill -9 of npm can be passed on by nobody, and would leave a
 * service that nobody knows of; and where npm's shell stays in between (dash does, unless the script says `exec`), a
 * SIGTERM to npm ends that shell and never reaches the service.
 *
 * Loaded before the service by scripts/bootstrap.mjs (`node --import`), which names whom to watch in KEYFERRY_PARENT.
 */
import { readFileSync } from 'node:fs';

/**
 * @typedef {object} Parent
 * @property {number} pid the process that started this one
 * @property {number | undefined} npm the process behind it, when it is only npm's shell
 */

/** Time to stop in order. */
const patienceMs = 40_000;

/** Whom this process hangs on now. @returns {Parent} */
export function findParent() {
  const pid = process.ppid;
  const { name, parent } = look(pid) ?? {};
  return { pid, npm: name && /^(ba|da|a|k|z)?sh$/.test(name) ? parent : undefined };
}

/**
 * Calls `take` with SIGTERM once npm, or a parent that is no shell, is gone, and with SIGKILL should this process still
 * be there a while later. Looks four times a second.
 * @param {Parent} parent
 * @param {(signal: 'SIGTERM' | 'SIGKILL') => void} take
 */
export function whenParentIsGone({ pid, npm }, take) {
  if (process.platform === 'win32' || pid <= 1) return;
  const timer = setInterval(() => {
    const shellIsOrphaned = npm !== undefined && (look(pid)?.parent ?? npm) !== npm;
    if (process.ppid === pid && !shellIsOrphaned) return;
    clearInterval(timer);
    take('SIGTERM');
    setTimeout(() => take('SIGKILL'), patienceMs).unref();
  }, 250);
  timer.unref();
}

/** @param {number} pid @returns {{ name: string, parent: number } | undefined} undefined where there is no /proc */
function look(pid) {
  try {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return { name, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

if (process.env.KEYFERRY_PARENT) {
  const [pid, npm] = process.env.KEYFERRY_PARENT.split(' ').map(Number);
  delete process.env.KEYFERRY_PARENT;
  whenParentIsGone({ pid, npm }, (signal) => process.kill(process.pid, signal));
}
