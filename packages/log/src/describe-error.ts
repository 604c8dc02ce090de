import { redactMessage } from '@keyferry/core';

/** How far down its causes an error is told. */
const deepest = 4;

/**
 * An error as it may be logged: type, message, code and where, and the same of its causes. Nothing else of it, since
 * clients hang requests with their headers on their errors; and its texts only as `redactMessage` leaves them.
 */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? redactMessage(error) : '[not an Error]';
  const { code } = error as { code?: unknown };
  return {
    type: redactMessage(error.name),
    message: redactMessage(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: redactMessage(String(code)) } : {}),
    stack: framesOf(error),
    ...(error.cause === undefined || depth === deepest ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}

/** The stack without the message that stands above it, and is told already. */
function framesOf({ stack = '' }: Error): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return frames.map((frame) => redactMessage(frame)).join('\n');
}
