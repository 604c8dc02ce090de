import type { Request, Response } from 'express';

/** Begins an answer of Server-Sent Events; false when only its head was asked for, and it has ended. */
export function openEventStream({ method }: Request, response: Response): boolean {
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    // Not gathered up by a proxy.
    'X-Accel-Buffering': 'no',
  });
  if (method === 'HEAD') {
    response.end();
    return false;
  }
  response.write('retry: 2000\n\n');
  return true;
}
