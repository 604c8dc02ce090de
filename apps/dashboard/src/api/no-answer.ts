import { UnreachableError } from '@keyferry/client';

/** How long an answer is waited for, milliseconds; an upload, and a file that is downloaded, may take longer. */
export const answerWithinMs = 15_000;

/** A command whose outcome is not known, in words; the caller reads the page again. */
export function unknownOutcome(error: unknown): string {
  return `${noAnswer(error)}. It may have been carried out; the page is being read again.`;
}

export function noAnswer(error: unknown): string {
  return isTimeout(error) ? `No answer within ${answerWithinMs / 1_000} s` : 'No answer came';
}

function isTimeout(error: unknown): boolean {
  return (
    error instanceof UnreachableError && error.cause instanceof DOMException && error.cause.name === 'TimeoutError'
  );
}
