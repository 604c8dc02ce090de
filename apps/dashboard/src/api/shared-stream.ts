/**
 * One event stream a subject for all tabs of a browser, and few streams in all: over HTTP/1.1 a browser has six connections to
 * an API, and tabs whose streams hold them all could neither read nor send a command.
 *
 * The tab that holds the lock of the subject opens the stream, and tells the others what arrives; when it closes, the next takes
 * over.
 */
import { withLock } from './with-lock.ts';

/** Streams that a browser has open at once; further subjects are polled until one is free. */
const slots = ['stream 1', 'stream 2', 'stream 3'];
/** How often a tab asks whether the one with the stream is still there. */
const askEveryMs = 10_000;

/** Of the sharing itself. `anew`: the stream is there, but what happened before may not have been told. */
export type SharingEvent = { readonly type: 'anew' } | { readonly type: 'absent' };

interface Shared<Event> {
  readonly name: string;
  readonly open: (signal: AbortSignal) => AsyncGenerator<Event>;
  readonly signal: AbortSignal;
  readonly tell: (event: Event | SharingEvent) => void;
}

/** Follows a stream, by itself or through another tab, until it ends or `signal` does. Throws what the API refuses for good. */
export async function followShared<Event extends { readonly type: string }>(shared: Shared<Event>): Promise<void> {
  while (!shared.signal.aborted && (await followUntilLost(shared)) === 'lost') shared.tell({ type: 'absent' });
}

/** Tells whether the stream ended, or another tab has the lock of this one by now. */
async function followUntilLost<Event extends { readonly type: string }>(
  shared: Shared<Event>,
): Promise<'ended' | 'lost'> {
  const { name, signal, tell } = shared;
  const channel = new BroadcastChannel(`keyferry ${name}`);
  const stopFollowing = followOtherTab(channel, tell);
  const lost: AbortSignal[] = [];
  try {
    await withLock(name, signal, (subjectLost) =>
      inSlot(signal, async (slotLost) => {
        lost.push(subjectLost, slotLost);
        const followed = stopFollowing();
        await lead(channel, { ...shared, signal: AbortSignal.any([signal, ...lost]) }, followed);
      }),
    );
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stopFollowing();
    channel.close();
  }
  return lost.some(({ aborted }) => aborted) ? 'lost' : 'ended';
}

/** Tells what another tab tells of the stream; what it answers ends that, and says whether another tab was there. */
function followOtherTab<Event extends { readonly type: string }>(
  channel: BroadcastChannel,
  tell: (event: Event | SharingEvent) => void,
): () => boolean {
  let present = false;
  let answered = true;
  channel.onmessage = ({ data }: MessageEvent<Event | SharingEvent | { type: 'ask' | 'here' }>) => {
    if (data.type === 'ask') return;
    answered = true;
    if (data.type === 'here' && present) return;
    present = data.type !== 'absent';
    tell(data.type === 'here' ? { type: 'anew' } : (data as Event | SharingEvent));
  };
  const ask = () => {
    if (!answered && present) {
      present = false;
      tell({ type: 'absent' });
    }
    answered = false;
    channel.postMessage({ type: 'ask' });
  };
  ask();
  const clock = setInterval(ask, askEveryMs);
  return () => {
    clearInterval(clock);
    channel.onmessage = null;
    return present;
  };
}

/** Opens the stream for all tabs; `takenOver`: from a tab that is gone, with what had not been told yet. */
async function lead<Event extends { readonly type: string }>(
  channel: BroadcastChannel,
  { open, signal, tell }: Shared<Event>,
  takenOver: boolean,
): Promise<void> {
  let begun = false;
  let live = false;
  channel.onmessage = ({ data }: MessageEvent<{ type: string }>) => {
    if (data.type === 'ask') channel.postMessage({ type: live ? 'here' : 'absent' });
  };
  for await (const event of open(signal)) {
    live = event.type !== 'lost';
    if (live && !begun) {
      begun = true;
      channel.postMessage({ type: 'anew' });
      if (takenOver) tell({ type: 'anew' });
    }
    channel.postMessage(event);
    tell(event);
  }
}

/** Does something in the first slot that is free; `lost`: another tab has that slot by now. */
async function inSlot(signal: AbortSignal, work: (lost: AbortSignal) => Promise<void>): Promise<void> {
  const found = new AbortController();
  let working: Promise<void> | undefined;
  const waits = AbortSignal.any([signal, found.signal]);
  const tries = slots.map((slot) =>
    withLock(slot, waits, async (lost) => {
      // Another may have been free at the same moment.
      if (working !== undefined) return;
      working = work(lost);
      found.abort();
      await working;
    }),
  );
  await Promise.allSettled(tries);
  await working;
}
