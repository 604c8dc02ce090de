import { expect, test } from 'vitest';
import { choiceOf, isEmpty, localOf, queryOf, timeIn } from './audit-choice.ts';

test('what an address asks for is what the API is asked for', () => {
  const search = new URLSearchParams(
    'actor=anna&type=plan&subject=p&outcome=refused&from=2027-03-01T00:00:00Z&to=never',
  );
  expect(queryOf(choiceOf(search))).toEqual({
    actor: 'anna',
    action: null,
    object_type: 'plan',
    object_id: 'p',
    outcome: 'refused',
    from: '2027-03-01T00:00:00.000Z',
    to: null,
  });
  expect(isEmpty(choiceOf(new URLSearchParams('outcome=odd&from=x')))).toBe(true);
});

test('a time survives the way through the field of a form, in any time zone', () => {
  for (const time of ['2027-01-01T12:34:00.000Z', '2027-07-01T23:59:00.000Z']) {
    expect(timeIn(localOf(time))).toBe(time);
  }
  expect(localOf('')).toBe('');
  expect(timeIn('')).toBe('');
});
