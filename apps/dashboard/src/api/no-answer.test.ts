import { UnreachableError } from '@keyferry/client';
import { expect, test } from 'vitest';
import { unknownOutcome } from './no-answer.ts';

test('a command without an answer may have been carried out, and says how long it was waited for', () => {
  const timedOut = new UnreachableError('away', { cause: new DOMException('', 'TimeoutError') });
  expect(unknownOutcome(timedOut)).toBe(
    'No answer within 15 s. It may have been carried out; the page is being read again.',
  );
  expect(unknownOutcome(new UnreachableError('away', { cause: new TypeError('Failed to fetch') }))).toBe(
    'No answer came. It may have been carried out; the page is being read again.',
  );
});
