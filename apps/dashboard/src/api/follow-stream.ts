import { ProblemError } from '@keyferry/client';
import { noteAnswer, noteSilence } from './connection.ts';

/**
 * Follows an event stream to its end and notes whether the API is there; `onLive` hears whether the stream is. What the API
 * refuses ends it: whoever polls beside it is told why.
 */
export async function followStream<Event extends { readonly type: string }>(
  events: AsyncGenerator<Event>,
  { onLive, onEvent }: { onLive: (live: boolean) => void; onEvent: (event: Event) => void },
): Promise<void> {
  try {
    for await (const event of events) {
      onLive(event.type !== 'lost');
      if (event.type === 'lost') noteSilence();
      else {
        noteAnswer();
        onEvent(event);
      }
    }
  } catch (error) {
    if (!(error instanceof ProblemError)) noteSilence();
  }
}
