import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { Queue } from 'bullmq';
import type { EngineQueue } from './engine.ts';

/** A queue as Bull Board shows it. */
export type BoardQueue = BullMQAdapter;

/** The queues of an engine, by their names, for Bull Board: to be looked at, not to be changed. */
export function boardQueues(queues: Readonly<Record<string, EngineQueue>>): BoardQueue[] {
  return Object.entries(queues).map(
    ([name, queue]) => new BullMQAdapter(queue as Queue, { readOnlyMode: true, displayName: name }),
  );
}
