import type { RequestHandler } from 'express';
import { hasBody } from './has-body.ts';
import { Places } from './places.ts';

/** Far more than a caller sends at once that sends them fast; each may take 32 MiB, or stream a manifest. */
export const bodiesPerCaller = 20;
export const bodiesInAll = 200;
/** Those that come at the same moment are not refused: each is through before this is over. */
const waitMs = 1_000;
/** What is refused may read its answer for so long; then its connection is closed, should its body still come. */
const lingerMs = 2_000;

/**
 * Bounds the bodies that are received at the same time, each from when its caller is known until all of it is there, or its
 * connection has ended: slow ones would otherwise hold all connections that a process may have. Behind `authorise`.
 */
export function limitBodies(): RequestHandler {
  const places = new Places({
    ...{ what: 'requests with a body under way', perCaller: bodiesPerCaller, inAll: bodiesInAll },
    ...{ remedy: 'Wait for one to finish', retrySeconds: 5 },
  });
  return async (request, response, next) => {
    if (!hasBody(request)) {
      next();
      return;
    }
    const { caller } = response.locals;
    const { socket } = request;
    const refusal = await places.takeWithin(waitMs, caller);
    if (refusal !== null) {
      response.once('finish', () => {
        setTimeout(() => request.complete || socket.destroy(), lingerMs).unref();
      });
      throw refusal;
    }
    let isFree = false;
    const free = () => {
      if (!isFree) places.free(caller);
      isFree = true;
      socket.off('close', free);
    };
    // Its end would no longer be noticed.
    if (socket.destroyed) {
      free();
      return;
    }
    // An answer that comes before the end of the body ends neither of them.
    request.once('end', free);
    socket.once('close', free);
    next();
  };
}
