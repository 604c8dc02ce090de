import type { DrillView, PlanView, ProblemDocument, ReplicaCellView, ReplicaView } from '@keyferry/core';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ProblemError, retryDelayMs } from './errors.ts';

/** The client's own events: the stream went, and came back. `problem`: why the API does not open it now; null: it did not answer. */
export type ConnectionEvent =
  | { readonly type: 'lost'; readonly problem: ProblemDocument | null }
  | { readonly type: 'regained' };

/** What an event stream tells; `truncated`: more plans have changed than were told. */
export type PlanEvent<Replica extends ReplicaCellView = ReplicaView> =
  | { readonly type: 'plan'; readonly plan: Omit<PlanView, 'spec'> }
  | { readonly type: 'replicas'; readonly replicas: Replica[]; readonly truncated: boolean }
  | { readonly type: 'truncated' }
  | ConnectionEvent;

/** What the event stream of a drill tells. */
export type DrillEvent = { readonly type: 'drill'; readonly drill: Omit<DrillView, 'spec'> } | ConnectionEvent;

const retryMs = 1_000;
/** The server sends a sign of life every 15 seconds; a stream that is silent for longer than this is dead. */
const silentMs = 40_000;

type Open = (lastEventId: string | null, signal: AbortSignal) => Promise<Response>;

/**
 * Follows a plan's event stream to the end of the plan. A lost connection is opened again from the last event seen, so
 * nothing in between is missed, and so is one that the API refuses for now (429, 502, 503, 504). Any other refusal (a
 * ProblemError) is thrown.
 */
export async function* followPlan(open: Open, signal?: AbortSignal): AsyncGenerator<PlanEvent> {
  for await (const event of follow(open, planEventOf, signal)) {
    yield event;
    if (event.type === 'plan' && event.plan.finished_at !== null) return;
  }
}

/** Follows a drill's event stream to the end of the drill, over lost connections as a plan is. */
export async function* followDrill(open: Open, signal?: AbortSignal): AsyncGenerator<DrillEvent> {
  for await (const event of follow(open, drillEventOf, signal)) {
    yield event;
    if (event.type === 'drill' && event.drill.finished_at !== null) return;
  }
}

/** Follows the event stream of all plans until `signal` ends it. A stream that is opened again begins with all of them. */
export function followPlans(
  open: (signal: AbortSignal) => Promise<Response>,
  signal?: AbortSignal,
): AsyncGenerator<PlanEvent> {
  return follow((_lastEventId, abort) => open(abort), planEventOf, signal);
}

async function* follow<Event>(
  open: Open,
  eventOf: (message: EventSourceMessage) => Event | null,
  signal?: AbortSignal,
): AsyncGenerator<Event | ConnectionEvent> {
  let lastEventId: string | null = null;
  let lost = false;
  while (!signal?.aborted) {
    const abort = new AbortController();
    const stop = () => abort.abort();
    signal?.addEventListener('abort', stop);
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    let problem: ProblemDocument | null = null;
    let delayMs = retryMs;
    try {
      const response = await open(lastEventId, abort.signal);
      if (lost) yield { type: 'regained' };
      lost = false;
      const messages: EventSourceMessage[] = [];
      const parser = createParser({ onEvent: (message) => messages.push(message) });
      const text = new TextDecoder();
      const alive = () => {
        clearTimeout(watchdog);
        watchdog = setTimeout(stop, silentMs);
      };
      alive();
      for await (const chunk of response.body ?? []) {
        alive();
        parser.feed(text.decode(chunk, { stream: true }));
        for (const message of messages.splice(0)) {
          lastEventId = message.id ?? lastEventId;
          const event = eventOf(message);
          if (event !== null) yield event;
        }
      }
    } catch (error) {
      if (signal?.aborted) return;
      const delay = isConnectionFault(error) ? retryMs : retryDelayMs(error, retryMs);
      if (delay === null) throw error;
      delayMs = delay;
      if (error instanceof ProblemError) problem = error.problem;
    } finally {
      clearTimeout(watchdog);
      signal?.removeEventListener('abort', stop);
      abort.abort();
    }
    if (!lost) yield { type: 'lost', problem };
    lost = true;
    await pause(delayMs, signal);
  }
}

/** Waits, until `signal` ends it sooner. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end);
  });
}

/** A stream that breaks off is a TypeError of fetch, or an abort by our own watchdog. */
function isConnectionFault(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Error && error.name === 'AbortError');
}

function planEventOf(message: EventSourceMessage): PlanEvent | null {
  if (message.event === 'plan.updated') {
    return { type: 'plan', plan: JSON.parse(message.data) as Omit<PlanView, 'spec'> };
  }
  if (message.event === 'replica.updated') {
    const { replicas, truncated } = JSON.parse(message.data) as { replicas: ReplicaView[]; truncated: boolean };
    return { type: 'replicas', replicas, truncated };
  }
  return message.event === 'truncated' ? { type: 'truncated' } : null;
}

function drillEventOf({ event, data }: EventSourceMessage): DrillEvent | null {
  return event === 'drill.updated' ? { type: 'drill', drill: JSON.parse(data) as Omit<DrillView, 'spec'> } : null;
}
