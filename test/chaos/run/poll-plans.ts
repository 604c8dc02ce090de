import { setTimeout as wait } from 'node:timers/promises';
import type { Poll } from './evidence.ts';
import { isAway } from './patiently.ts';
import type { World } from './world.ts';

const everyMs = 120;

/** Asks for plans again and again while `work` runs, and keeps every answer; once more in the end. */
export async function pollingWhile<T>(
  world: World,
  planIds: () => readonly string[],
  polls: Poll[],
  work: () => Promise<T>,
): Promise<T> {
  let over = false;
  const asking = (async () => {
    while (!over) {
      await Promise.all(planIds().map((id) => poll(world, id, polls)));
      await wait(everyMs);
    }
  })();
  try {
    return await work();
  } finally {
    over = true;
    await asking;
    await Promise.all(planIds().map((id) => poll(world, id, polls)));
  }
}

async function poll(world: World, id: string, polls: Poll[]): Promise<void> {
  try {
    const plan = await world.client.request('GET /v1/plans/{id}', { id });
    polls.push({ at: Date.now(), plan: { ...plan, spec: {} } });
  } catch (error) {
    if (!isAway(error)) throw error;
  }
}
