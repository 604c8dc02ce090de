import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '@keyferry/log';
import {
  listUnfinishedPlans,
  type PlanStatusRow,
  readLiveRevisions,
  readPlanStatuses,
  type Store,
} from '@keyferry/store';
import { planStatusView } from '../plans/plan-view.ts';

/** Somebody who follows all plans. */
export interface Follower {
  send(text: string): void;
  /** No more events: Postgres does not answer. */
  end(): void;
}

const roundMs = 1_000;
const plansPerRound = 50;
/** A plan is still read for this many seconds after its end, so that the end is sent. */
const endedSeconds = 60;

/**
 * Tells all followers of all plans that are not finished, or have just finished, as they change. One round a second reads for
 * all of them, for any number of subscribers; none without subscribers. A new subscriber gets the current plans, the most urgent
 * first. Answers how a follower comes; what that answers takes it out.
 */
export function livePlans(store: Store, log: Log): (follower: Follower) => () => void {
  const newcomers = new Set<Follower>();
  const followers = new Set<Follower>();
  let running = false;

  const run = async () => {
    let seen: ReadonlyMap<string, number> | null = null;
    while (newcomers.size + followers.size > 0) {
      const before: ReadonlyMap<string, number> | null = seen;
      const revisions: ReadonlyMap<string, number> = await readLiveRevisions(store.prisma, endedSeconds);
      const changed = before === null ? [] : [...revisions].flatMap(([id, at]) => (before.get(id) === at ? [] : [id]));
      seen = revisions;
      if (changed.length > 0 && followers.size > 0) {
        const plans = await readPlanStatuses(store.prisma, changed.slice(0, plansPerRound));
        for (const follower of followers) follower.send(messages(plans, changed.length > plansPerRound));
      }
      if (newcomers.size > 0) {
        // Newer than `seen`; later changes are sent in the next round.
        const plans = await listUnfinishedPlans(store.prisma, plansPerRound + 1);
        const greeting = messages(plans.slice(0, plansPerRound), plans.length > plansPerRound);
        for (const newcomer of newcomers) {
          newcomers.delete(newcomer);
          followers.add(newcomer);
          newcomer.send(greeting);
        }
      }
      await wait(roundMs);
    }
  };
  const start = async () => {
    if (running) return;
    running = true;
    await run().catch((error: unknown) => {
      log.warn({ err: error }, 'subscribers of all plans disconnected: Postgres does not answer');
      for (const follower of [...newcomers, ...followers]) follower.end();
      newcomers.clear();
      followers.clear();
    });
    running = false;
  };

  return (follower) => {
    newcomers.add(follower);
    void start();
    return () => {
      newcomers.delete(follower);
      followers.delete(follower);
    };
  };
}

function messages(plans: readonly PlanStatusRow[], truncated: boolean): string {
  const told = plans.map((plan) => `event: plan.updated\ndata: ${JSON.stringify(planStatusView(plan))}\n\n`);
  return [...told, ...(truncated ? ['event: truncated\ndata: {}\n\n'] : [])].join('');
}
