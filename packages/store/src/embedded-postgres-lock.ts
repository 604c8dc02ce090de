import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const freshMs = 20_000;

/**
 * Runs `work` in one process at a time, by a lock file that appears whole or not at all. A holder touches it while it
 * works; a lock whose process is gone, or that was not refreshed for a while, is taken over.
 */
export async function withLockFile<T>(file: string, work: () => Promise<T>, timeoutMs = 120_000): Promise<T> {
  const mine = `${process.pid} ${randomBytes(8).toString('hex')}`;
  const until = Date.now() + timeoutMs;
  while (!(await take(file, mine))) {
    await removeWhenStale(file);
    if (Date.now() > until) throw new Error(`another process has locked ${file} for too long`);
    await delay(50 + Math.random() * 50);
  }
  const touching = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), freshMs / 4);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    if ((await readFile(file, 'utf8').catch(() => '')) === mine) await rm(file, { force: true });
  }
}

async function take(file: string, content: string): Promise<boolean> {
  const draft = `${file}.${content.replace(' ', '-')}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function removeWhenStale(file: string): Promise<void> {
  const content = await readFile(file, 'utf8').catch(() => undefined);
  const touched = await stat(file).then(
    (info) => info.mtimeMs,
    () => undefined,
  );
  if (content === undefined || touched === undefined) return;
  if (isAlive(Number(content.split(' ')[0])) && Date.now() - touched < freshMs) return;
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(file, aside);
    // Somebody may have taken over before us, and what was moved is theirs: put it back.
    if ((await readFile(aside, 'utf8')) !== content) await link(aside, file);
  } catch {
    // Another process was quicker; the next round sees what it left.
  } finally {
    await rm(aside, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
