import { ProblemError } from '@keyferry/client';
import { useDocumentVisibility } from '@mantine/hooks';
import { type QueryKey, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { noteAnswer, noteSilence } from './connection.ts';
import { followShared, type SharingEvent } from './shared-stream.ts';

/** How often data with an event stream is read while the stream is not connected, milliseconds. */
export const pollMs = 5_000;
/** How often it is read in any case: events do not contain changed limits, and a plan that has ended may run again. */
export const slowPollMs = 60_000;

interface Live<Data, Event> {
  readonly queryKey: QueryKey;
  readonly read: () => Promise<Data>;
  /** How long until it is read again, by what is known and whether the stream is there. */
  readonly everyMs: (data: Data | undefined, live: boolean) => number;
  /** The stream of changes; all tabs with the same `queryKey` share one. */
  readonly stream: (signal: AbortSignal) => AsyncGenerator<Event>;
  readonly onEvent: (event: Event) => void;
  /** What had changed by now may not have been told. */
  readonly onGap?: () => void;
  /** Nothing changes any more: there is no stream to follow. */
  readonly isOver?: (data: Data) => boolean;
}

/**
 * What the API answers now: read once, updated by an event stream, and read again by a timer of its own. Events do not restart
 * that timer: otherwise what they do not contain would never be read while many of them arrive.
 */
export function useLive<Data, Event extends { readonly type: string; readonly problem?: unknown }>(
  options: Live<Data, Event>,
) {
  const { queryKey, read, everyMs, isOver } = options;
  const [live, setLive] = useState(false);
  const query = useQuery({ queryKey, queryFn: read });
  const { data, refetch } = query;
  const known = data !== undefined;
  const over = data !== undefined && (isOver?.(data) ?? false);
  const latest = useRef(options);
  latest.current = options;
  const key = JSON.stringify(queryKey);

  const wait = everyMs(data, live);
  // Where another thing is read its clock begins anew.
  useEffect(() => {
    const clock = setInterval(() => {
      if (document.visibilityState === 'visible') void refetch();
    }, wait);
    return () => clearInterval(clock);
  }, [key, wait, refetch]);

  // A tab that nobody looks at leaves the streams to those that are looked at. What it missed is read when it is seen again.
  const visible = useDocumentVisibility() === 'visible';
  const missed = useRef(false);
  useEffect(() => {
    if (visible && missed.current) {
      latest.current.onGap?.();
      void refetch();
    }
    missed.current = !visible;
  }, [visible, refetch]);

  // And its stream is another. When that is over, everything is read once more: the event that says so may not have it all.
  const followed = useRef<string | null>(null);
  useEffect(() => {
    if (over && followed.current === key) void refetch();
    followed.current = known && !over ? key : null;
    if (!known || over || !visible) return;
    const leave = new AbortController();
    void followStream({
      name: key,
      signal: leave.signal,
      open: (signal) => latest.current.stream(signal),
      onLive: setLive,
      onEvent: (event) => latest.current.onEvent(event),
      onGap: () => {
        latest.current.onGap?.();
        void refetch();
      },
    });
    return () => {
      leave.abort();
      setLive(false);
    };
  }, [key, known, over, visible, refetch]);

  return { ...query, live };
}

interface Followed<Event> {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly open: (signal: AbortSignal) => AsyncGenerator<Event>;
  readonly onLive: (live: boolean) => void;
  readonly onEvent: (event: Event) => void;
  readonly onGap: () => void;
}

/**
 * Follows an event stream to its end and notes whether the API is there; `onLive` hears whether the stream is. What the API
 * refuses for good ends it: whoever polls beside it is told why.
 */
async function followStream<Event extends { readonly type: string; readonly problem?: unknown }>(
  followed: Followed<Event>,
): Promise<void> {
  const { name, signal, open, onLive, onEvent, onGap } = followed;
  const tell = (event: Event | SharingEvent) => {
    if (signal.aborted) return;
    if (event.type === 'absent') onLive(false);
    else if (event.type === 'anew') {
      onLive(true);
      onGap();
    } else {
      onLive(event.type !== 'lost');
      if (isSilence(event as Event)) noteSilence();
      else {
        noteAnswer();
        onEvent(event as Event);
      }
    }
  };
  try {
    await followShared({ name, signal, open, tell });
  } catch (error) {
    if (!(error instanceof ProblemError)) noteSilence();
  }
}

/** A stream that the API refuses for now was answered: the API is there. */
function isSilence(event: { readonly type: string; readonly problem?: unknown }): boolean {
  return event.type === 'lost' && event.problem === null;
}
