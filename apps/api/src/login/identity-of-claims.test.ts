import { type Role, roles } from '@keyferry/core';
import type { JWTPayload } from 'jose';
import { describe, expect, it } from 'vitest';
import { callerOf, roleOf } from './identity-of-claims.ts';

const byOwnName = new Map<string, Role>(roles.map((role) => [role, role]));
const role = (claims: JWTPayload, more: { roleClaim?: string; roles?: Map<string, Role> } = {}) =>
  roleOf(claims, { roleClaim: 'roles', roles: byOwnName, ...more });

describe('the role', () => {
  it.each<[string[], Role]>([
    [['viewer'], 'viewer'],
    [['viewer', 'operator'], 'operator'],
    [['approver', 'viewer'], 'approver'],
    [['auditor', 'viewer'], 'auditor'],
    [['operator', 'approver', 'admin', 'auditor'], 'admin'],
    [['staff', 'operator', 'operator'], 'operator'],
  ])('of somebody with %j is %s: the one that allows all that the others do', (held, expected) => {
    expect(role({ roles: held })).toBe(expected);
  });

  it.each([
    [['operator', 'approver']],
    [['viewer', 'operator', 'approver']],
    [['auditor', 'operator']],
    [['approver', 'auditor']],
  ])('of somebody with %j is none: duties that are kept apart are not put together, and none is chosen', (held) => {
    expect(() => role({ roles: held })).toThrow(/"roles" has the roles .* one person must not combine/);
  });

  it.each<[string, JWTPayload, RegExp]>([
    ['has no such claim', {}, /"roles" .* is missing in this token. Mapped values: viewer, operator/],
    ['has other values', { roles: ['staff', 'Operator', ''] }, /has no value that maps to a role/],
    ['has something else there', { roles: { operator: true } }, /has no value that maps to a role/],
  ])('of somebody who %s is none, and it is told which claim was looked at', (_what, claims, message) => {
    expect(() => role(claims)).toThrow(message);
  });

  it('is found by its mapping, within other claims, in a claim with dots, and as a single text', () => {
    const mapped = new Map<string, Role>([['kf ops', 'operator']]);
    expect(role({ realm_access: { roles: ['kf ops'] } }, { roleClaim: 'realm_access.roles', roles: mapped })).toBe(
      'operator',
    );
    const url = 'https://keyferry.example.com/roles';
    expect(role({ [url]: 'kf ops' }, { roleClaim: url, roles: mapped })).toBe('operator');
    expect(() => role({ roles: ['operator'] }, { roles: mapped })).toThrow(/Mapped values: kf ops/);
    expect(() => role({}, { roleClaim: 'constructor.name' })).toThrow(/is missing in this token/);
  });
});

describe('the caller', () => {
  it('is the unchanged subject, with a prefix', () => {
    expect(callerOf({ sub: 'Anna' }, { nameClaim: 'sub' })).toBe('oidc:Anna');
    expect(callerOf({ sub: 'admin' }, { nameClaim: 'sub' })).toBe('oidc:admin');
  });

  it('by another claim is one, however it is spelled', () => {
    const names = ['Anna@Example.com', 'anna@example.com'].map((preferred_username) =>
      callerOf({ sub: 'x', preferred_username }, { nameClaim: 'preferred_username' }),
    );
    expect(new Set(names)).toEqual(new Set(['oidc:anna@example.com']));
  });

  it('by an e-mail address needs one that the provider has verified', () => {
    const claims = { sub: 'x', email: 'anna@example.com' };
    expect(callerOf({ ...claims, email_verified: true }, { nameClaim: 'email' })).toBe('oidc:anna@example.com');
    for (const email_verified of [undefined, false, 'true']) {
      expect(() => callerOf({ ...claims, email_verified }, { nameClaim: 'email' })).toThrow(/has not verified/);
    }
  });

  it.each([[undefined], [''], [7], ['an na'], ['\u0430nna'], ['anna\u202e'], ['x'.repeat(256)]])(
    'is nobody named %j',
    (name) => {
      expect(() => callerOf({ sub: 'x', upn: name }, { nameClaim: 'upn' })).toThrow(/"upn"/);
    },
  );
});
