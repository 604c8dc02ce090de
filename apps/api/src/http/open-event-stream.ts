import type { Request, Response } from 'express';
import { Places } from './places.ts';

/** A reader of Server-Sent Events. */
export interface EventStream {
  /** Sends messages, as they are. */
  send(messages: Buffer | string): void;
  /** What was sent has not been taken yet: more of it would only pile up here. */
  readonly isBehind: boolean;
  /** Bytes that have not been taken yet. */
  readonly unread: number;
  readonly isOpen: boolean;
  end(): void;
  /** Ends it at once: the reader takes nothing. */
  drop(): void;
  /** Called once, when it has ended for whatever reason. */
  onClose(listener: () => void): void;
}

const keepAliveMs = 15_000;
/** How often it is asked whether the readers' tokens still work, of all of them at once. */
const lookMs = 1_000;
/** A reader that takes nothing for so long is dropped. */
const stalledMs = 60_000;

/** A stream as it is looked after. */
interface Watched {
  readonly stream: EventStream;
  readonly stillValid: () => Promise<boolean>;
  spokenAt: number;
  /** Since when it is behind; null: it is not. */
  behindSince: number | null;
}

const watched = new Set<Watched>();
let looking = false;

/** Of one caller: tabs of a browser and programs beside them, by whichever of its tokens and sessions. */
export const streamsPerCaller = 250;
const places = new Places({
  ...{ what: 'event streams open', perCaller: streamsPerCaller, inAll: 1_000 },
  ...{ remedy: 'Close one', retrySeconds: 10 },
});

/**
 * Lets a stream begin while its caller, and this process, have not too many of them. Before the route: what is refused
 * reads nothing from the database for the stream. Behind `authenticate`.
 */
export function limitEventStreams(_request: unknown, response: Response, next: () => void): void {
  const { caller } = response.locals;
  // Gone while it was let in: its end would not be told any more.
  if (response.closed) return;
  const refusal = places.take(caller);
  if (refusal) throw refusal;
  response.once('close', () => places.free(caller));
  next();
}

/**
 * Begins an answer of Server-Sent Events; null when only its head was asked for, or its reader has gone, and it has ended. A
 * stream that is silent gets a sign of life; one whose reader's token no longer works ends within a moment.
 */
export function openEventStream({ method }: Request, response: Response): EventStream | null {
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    // Not gathered up by a proxy.
    'X-Accel-Buffering': 'no',
  });
  if (method === 'HEAD' || response.closed) {
    response.end();
    return null;
  }
  response.write('retry: 2000\n\n');
  const stream: EventStream = {
    send: (messages) => {
      one.spokenAt = Date.now();
      if (stream.isOpen) response.write(messages);
    },
    get isBehind() {
      return response.writableNeedDrain;
    },
    get unread() {
      return response.writableLength;
    },
    get isOpen() {
      return !response.destroyed && !response.writableEnded;
    },
    end: () => void response.end(),
    drop: () => void response.destroy(),
    onClose: (listener) => void response.once('close', listener),
  };
  const { stillValid } = response.locals;
  const one: Watched = { stream, stillValid, spokenAt: Date.now(), behindSince: null };
  watched.add(one);
  stream.onClose(() => watched.delete(one));
  if (!looking) void lookAfterAll();
  return stream;
}

async function lookAfterAll(): Promise<void> {
  looking = true;
  while (watched.size > 0) {
    await new Promise((resolve) => setTimeout(resolve, lookMs).unref());
    await Promise.all([...watched].map(lookAfter));
  }
  looking = false;
}

async function lookAfter(one: Watched): Promise<void> {
  const { stream, stillValid } = one;
  const now = Date.now();
  one.behindSince = stream.isBehind ? (one.behindSince ?? now) : null;
  // What cannot be asked is asked when the reader comes again.
  if (!(await stillValid().catch(() => false))) stream.end();
  else if (one.behindSince !== null && now - one.behindSince > stalledMs) stream.drop();
  else if (one.behindSince === null && now - one.spokenAt > keepAliveMs) stream.send(': still here\n\n');
}
