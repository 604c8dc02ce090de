import { createKeyferryClient } from '@keyferry/client';
import { answerWithinMs } from './no-answer.ts';

/** The API that has served this page, called in the name of the session whose cookie the browser keeps. */
export const keyferry = createKeyferryClient({
  url: window.location.origin,
  token: null,
  timeoutMs: answerWithinMs,
});
