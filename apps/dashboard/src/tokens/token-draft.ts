import { checkInput, type InputError, newTokenSchema, type Role, scopedRoles, type TokenView } from '@keyferry/core';

/** How long a token is to work: some days, until a time that is given, or until it is revoked. */
export const lifetimes = ['7', '30', '90', '365', 'until', 'never'] as const;
export type Lifetime = (typeof lifetimes)[number];

/** A token as it stands in the form. */
export interface TokenDraft {
  readonly name: string;
  readonly role: Role;
  readonly person: string;
  readonly lifetime: Lifetime;
  /** As an `<input type="datetime-local">` has it. */
  readonly until: string;
  /** Empty: all. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
}

/** The least that a token may do, for a time after which somebody has to want it again. */
export const emptyToken: TokenDraft = {
  name: '',
  role: 'viewer',
  person: '',
  lifetime: '90',
  until: '',
  accounts: [],
  regions: [],
};

/** What is to take the place of another token: the same caller, role and scope. */
export function replacementOf({ name, role, person, accounts, regions }: TokenView): TokenDraft {
  return { ...emptyToken, name, role, person: person ?? '', accounts: accounts ?? [], regions: regions ?? [] };
}

/** The token that a draft asks for, as the API takes it; roles that have no scope leave out what was filled in of one. */
export function newTokenOf(draft: TokenDraft, now: Date) {
  const { name, role, person, accounts, regions } = draft;
  const bound = scopedRoles.includes(role);
  return {
    name: name.trim(),
    role,
    person: person.trim() || null,
    expires_at: endOf(draft, now),
    accounts: bound && accounts.length > 0 ? [...accounts] : null,
    regions: bound && regions.length > 0 ? [...regions] : null,
  };
}

/** What is wrong with a draft. */
export function errorsOfToken(draft: TokenDraft, now: Date): readonly InputError[] {
  if (draft.lifetime === 'until' && !(Date.parse(draft.until) > now.getTime())) {
    const message = 'Choose a time in the future.';
    return [
      { path: 'expires_at', code: 'invalid_value', message },
      ...errorsOfToken({ ...draft, lifetime: 'never' }, now),
    ];
  }
  const checked = checkInput(newTokenSchema, newTokenOf(draft, now));
  return 'errors' in checked ? checked.errors : [];
}

function endOf({ lifetime, until }: TokenDraft, now: Date): string | null {
  if (lifetime === 'never') return null;
  const end = lifetime === 'until' ? Date.parse(until) : now.getTime() + Number(lifetime) * 86_400_000;
  return Number.isNaN(end) ? null : new Date(end).toISOString();
}
