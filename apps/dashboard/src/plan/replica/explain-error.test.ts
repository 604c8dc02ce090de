import { blockedError, warning } from '@keyferry/core';
import { expect, test } from 'vitest';
import { explainError, explainWarning } from './explain-error.ts';

test('an error is told with its meaning and what to do', () => {
  expect(explainError({ code: 'key_disabled', message: 'DisabledException: arn:… is disabled.' })).toEqual({
    title: 'The primary is disabled.',
    message: 'DisabledException: arn:… is disabled.',
    advice: 'Enable the primary, then retry.',
  });
});

test('advice is not said twice', () => {
  const blocked = explainError(blockedError('same_region', 'The primary is in us-east-1.'));
  expect(blocked.message).toBe('The primary is in us-east-1.');
  expect(blocked.advice).toBe('Remove this Region from the plan for this key.');
  const warned = explainWarning(warning('replica_not_enabled', 'It is Disabled.'));
  expect(warned.message).toBe('It is Disabled.');
});

test('a code that this page does not know is shown as it is', () => {
  expect(explainError({ code: 'toString', message: 'Something new.' })).toEqual({
    title: 'toString',
    message: 'Something new.',
    advice: null,
  });
});
