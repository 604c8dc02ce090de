import { expect, test } from 'vitest';
import { emptyToken, errorsOfToken, newTokenOf, replacementOf } from './token-draft.ts';

const now = new Date('2027-03-01T00:00:00.000Z');
const draft = { ...emptyToken, name: 'anna' };

test('a token ends after some days, at a time, or never', () => {
  expect(newTokenOf(draft, now).expires_at).toBe('2027-05-30T00:00:00.000Z');
  expect(newTokenOf({ ...draft, lifetime: 'never' }, now).expires_at).toBeNull();
  const until = { ...draft, lifetime: 'until' as const };
  expect(errorsOfToken({ ...until, until: '2027-03-02T12:00' }, now)).toEqual([]);
  for (const past of ['', '2027-02-01T12:00']) {
    expect(errorsOfToken({ ...until, until: past }, now)).toMatchObject([{ path: 'expires_at' }]);
  }
});

test('a scope is left out of roles that have none', () => {
  const bound = { ...draft, accounts: ['111122223333'], regions: ['eu-west-1'] };
  expect(newTokenOf(bound, now)).toMatchObject({ accounts: ['111122223333'], regions: ['eu-west-1'] });
  expect(newTokenOf({ ...bound, role: 'admin' }, now)).toMatchObject({ accounts: null, regions: null });
});

test('all that is wrong is said by the field', () => {
  const wrong = { ...draft, name: 'Anna B', accounts: ['1'], lifetime: 'until' as const };
  expect(errorsOfToken(wrong, now).map(({ path }) => path)).toEqual(['expires_at', 'name', 'accounts[0]']);
});

test('a replacement has the caller, role and scope of the one that it replaces', () => {
  const token = {
    id: '0190a6e0-0000-7000-8000-000000000000',
    name: 'team-eu',
    role: 'operator' as const,
    person: null,
    accounts: ['111122223333'],
    regions: null,
    created_at: now.toISOString(),
    created_by: 'admin',
    expires_at: null,
    last_used_at: null,
    revoked_at: null,
    revoked_by: null,
  };
  const { name, role, accounts, regions } = newTokenOf(replacementOf(token), now);
  expect({ name, role, accounts, regions }).toEqual({
    name: 'team-eu',
    role: 'operator',
    accounts: ['111122223333'],
    regions: null,
  });
});
