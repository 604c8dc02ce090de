import { expect, test } from 'vitest';
import { withSearch } from './address.ts';

test('what is changed in an address leaves the rest as it is', () => {
  const before = new URLSearchParams('state=failed&after=x&replica=1');
  expect(withSearch(before, { state: 'blocked', after: null, q: '' }).toString()).toBe('state=blocked&replica=1');
  expect(before.get('state')).toBe('failed');
});
