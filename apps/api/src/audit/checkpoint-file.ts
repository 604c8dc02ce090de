import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AuditCheckpointView, auditCheckpointViewSchema } from '@keyferry/core';

/**
 * The last checkpoint, kept where the owner of the database has no say. Null: there is no such file. Throws where it
 * cannot be read, or holds something else.
 */
export async function readCheckpointFile(path: string): Promise<AuditCheckpointView | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  const { success, data } = auditCheckpointViewSchema.safeParse(value);
  if (!success) throw new Error(`${path} holds no checkpoint`);
  return data;
}

/** Replaces the file in one step: whoever reads it, also after a crash, finds the one before or this one. */
export async function writeCheckpointFile(path: string, checkpoint: AuditCheckpointView): Promise<void> {
  const next = `${path}.${process.pid}.tmp`;
  // One that a crash has left behind, or that somebody has put there.
  await rm(next, { force: true });
  try {
    const file = await open(next, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(checkpoint)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
