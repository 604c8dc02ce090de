import type { KeyferryClient } from '@keyferry/client';
import type { Page } from '@keyferry/core';
import { CliError, exitCodes } from './exit-codes.ts';

/** What commands name by its id, the beginning of its id, or its name. */
export type Kind = 'plan' | 'drill' | 'schedule' | 'webhook' | 'token';

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly state?: string;
  readonly created_at?: string;
  readonly declared_at?: string;
  readonly revoked_at?: string | null;
}
interface Asked {
  readonly limit: number;
  readonly cursor?: string;
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const beginning = /^[\da-f]{6,8}(-[\da-f-]*)?$/i;
const last = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
const candidatesShown = 10;
const lists = {
  drill: 'GET /v1/drills',
  schedule: 'GET /v1/schedules',
  webhook: 'GET /v1/webhooks',
  token: 'GET /v1/tokens',
} as const;

function lister(client: KeyferryClient, kind: Kind, name?: string): (query: Asked) => Promise<Page<Listed>> {
  if (kind === 'plan') {
    const q = name === undefined ? {} : { q: name };
    return (query) => client.request('GET /v1/plans', { query: { ...query, ...q } });
  }
  return (query) => client.request(lists[kind], { query });
}

/**
 * The id of what is named by its id, by at least six characters of the beginning of it, or by its name. Throws CliError
 * where nothing is named so, or more than one thing, with the candidates.
 */
export async function findId(client: KeyferryClient, kind: Kind, reference: string): Promise<string> {
  if (uuid.test(reference)) return reference;
  const found = [...(await ofBeginning(client, kind, reference)), ...(await ofName(client, kind, reference))];
  const [one, ...others] = [...new Map(found.map((each) => [each.id, each])).values()];
  if (one === undefined) {
    throw new CliError(exitCodes.usage, `No ${kind} has the id or name "${reference}". See: keyferry ${kind} list`);
  }
  if (others.length === 0) return one.id;
  const all = [one, ...others];
  const more = all.length > candidatesShown ? [`… and ${all.length - candidatesShown} more`] : [];
  throw new CliError(exitCodes.usage, `"${reference}" matches ${all.length} ${kind}s. Use one of these ids:`, {
    lines: [...all.slice(0, candidatesShown).map(described), ...more],
    errors: all.map(({ id, name }) => ({ path: id, message: name })),
  });
}

function described({ id, name, state, created_at, declared_at, revoked_at }: Listed): string {
  const facts = [state?.replaceAll('_', ' '), created_at ?? declared_at, revoked_at ? 'revoked' : undefined];
  return [id, name, ...facts.filter((fact) => fact !== undefined)].join('  ');
}

/** Lists go from the newest id down, and a cursor is an id: what begins so comes first below the last id that could. */
async function ofBeginning(client: KeyferryClient, kind: Kind, reference: string): Promise<Listed[]> {
  if (!beginning.test(reference)) return [];
  const cursor = `${reference.toLowerCase()}${last.slice(reference.length)}`;
  if (!uuid.test(cursor)) return [];
  const { items } = await lister(client, kind)({ limit: candidatesShown + 1, cursor });
  return items.filter(({ id }) => id.startsWith(reference.toLowerCase()));
}

async function ofName(client: KeyferryClient, kind: Kind, name: string): Promise<Listed[]> {
  const list = lister(client, kind, name);
  const found: Listed[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Listed> = await list({ limit: 1000, ...(cursor === null ? {} : { cursor }) });
    found.push(...page.items.filter((one) => one.name === name));
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}
