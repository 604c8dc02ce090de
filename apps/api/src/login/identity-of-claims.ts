import type { OidcConfig } from '@keyferry/config';
import type { Role } from '@keyferry/core';
import { operationsOf } from '@keyferry/operations';
import type { JWTPayload } from 'jose';
import { Problem } from '../http/problem.ts';

/** Before the name of every caller whom an OIDC provider knows: no API token, and not the admin's, can have such a name. */
const prefix = 'oidc:';

/**
 * The caller name of a token of the provider. By `sub` unless configured otherwise, which no provider gives
 * to two people or changes for one. A name from another claim is in lower case, so that one user is not two callers by spelling.
 * Throws the 403 of a token without that claim.
 */
export function callerOf(claims: JWTPayload, { nameClaim }: Pick<OidcConfig, 'nameClaim'>): string {
  const name = valueAt(claims, nameClaim);
  if (typeof name !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(name)) {
    throw notPermitted(
      `The claim "${nameClaim}", which names the caller (KEYFERRY_OIDC_NAME_CLAIM), is missing in this token, ` +
        'or is not a string of 1 to 255 ASCII characters without spaces.',
    );
  }
  if (nameClaim === 'email' && claims.email_verified !== true) {
    throw notPermitted('The provider has not verified the e-mail address in this token ("email_verified").');
  }
  return `${prefix}${nameClaim === 'sub' ? name : name.toLowerCase()}`;
}

/**
 * The role that a token of the provider gives: of those that its claim is mapped to the one that allows all that the
 * others allow. Throws the 403 if there is none: two roles that must stay separate are never combined, and none is guessed.
 */
export function roleOf(claims: JWTPayload, { roleClaim, roles }: Pick<OidcConfig, 'roleClaim' | 'roles'>): Role {
  const value = valueAt(claims, roleClaim);
  const held = [value].flat().filter((one) => typeof one === 'string');
  const mapped = [...new Set(held.flatMap((one) => roles.get(one) ?? []))];
  if (mapped.length === 0) {
    const found = value === undefined ? 'is missing in this token' : 'has no value that maps to a role';
    throw notPermitted(
      `The claim "${roleClaim}" (KEYFERRY_OIDC_ROLE_CLAIM) ${found}. Mapped values: ${[...roles.keys()].join(', ')}.`,
    );
  }
  const widest = mapped.find((role) => mapped.every((other) => includes(role, other)));
  if (widest === undefined) {
    throw notPermitted(
      `The claim "${roleClaim}" has the roles ${mapped.sort().join(' and ')}, which one person must not combine. ` +
        'Have the provider remove all but one of them.',
    );
  }
  return widest;
}

function includes(role: Role, other: Role): boolean {
  const allowed = operationsOf(role);
  return operationsOf(other).every((operation) => allowed.includes(operation));
}

/** A claim by its name, or by the way to it through others: `realm_access.roles`. */
function valueAt(claims: JWTPayload, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  return path.split('.').reduce<unknown>((within, name) => {
    return typeof within === 'object' && within !== null && Object.hasOwn(within, name)
      ? (within as Record<string, unknown>)[name]
      : undefined;
  }, claims);
}

function notPermitted(detail: string): Problem {
  return new Problem(403, 'Not permitted', detail);
}
