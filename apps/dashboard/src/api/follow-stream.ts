import { ProblemError } from '@keyferry/client';
import { noteAnswer, noteSilence } from './connection.ts';

/**
 * Follows an event stream to its end and notes whether the API is there; `onLive` hears whether the stream is. What the API
 * refuses for good ends it: whoever polls beside it is told why.
 */
export async function followStream<Event extends { readonly type: string; readonly problem?: unknown }>(
  events: AsyncGenerator<Event>,
  { onLive, onEvent }: { onLive: (live: boolean) => void; onEvent: (event: Event) => void },
): Promise<void> {
  try {
    for await (const event of events) {
      onLive(event.type !== 'lost');
      if (isSilence(event)) noteSilence();
      else {
        noteAnswer();
        onEvent(event);
      }
    }
  } catch (error) {
    if (!(error instanceof ProblemError)) noteSilence();
  }
}

/** A stream that the API refuses for now was answered: the API is there. */
function isSilence(event: { readonly type: string; readonly problem?: unknown }): boolean {
  return event.type === 'lost' && event.problem === null;
}
