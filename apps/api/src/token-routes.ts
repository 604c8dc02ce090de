import { scopeView, type TokenView } from '@keyferry/core';
import {
  type ApiTokenRow,
  insertToken,
  listTokens,
  NameOfAnother,
  revokeToken,
  type Store,
  showRow,
} from '@keyferry/store';
import { z } from 'zod';
import { newApiToken, tokenSha256 } from './http/api-token.ts';
import { asCaller } from './http/as-caller.ts';
import { routes } from './http/operation-routes.ts';
import { pageOf } from './http/page.ts';
import { invalidInput, Problem } from './http/problem.ts';

/** API tokens: create (shown only in the response), list, revoke. */
export function tokenRoutes(store: Store) {
  return routes({
    'POST /v1/tokens': async ({ body, caller: createdBy, response }) => {
      const expiresAt = body.expires_at === null ? null : new Date(body.expires_at);
      if (expiresAt !== null && expiresAt.getTime() <= Date.now()) {
        throw new Problem(422, 'Invalid input', 'expires_at is in the past. Nothing was stored.', {
          errors: [{ path: 'expires_at', code: 'invalid_value', message: 'Give a time in the future.' }],
        });
      }
      const token = newApiToken();
      const { name, role, person, accounts, regions } = body;
      const row = await insertToken(asCaller(store, response), {
        sha256: tokenSha256(token),
        name,
        role,
        person,
        scope: { accounts, regions },
        expiresAt,
        createdBy,
      }).catch(refuseNameOfAnother);
      return { ...view(row), token };
    },

    'GET /v1/tokens': async ({ query }) => {
      const { limit, cursor, ...filter } = query;
      return pageOf(await listTokens(store, { limit: limit + 1, before: cursor ?? null, ...filter }), limit, view);
    },

    'DELETE /v1/tokens/{id}': async ({ id, caller, response }) => {
      const found = z.uuid().safeParse(id).success && (await revokeToken(asCaller(store, response), id, caller));
      if (!found)
        throw new Problem(404, 'Not found', `There is no token ${id}. DELETE takes its id, not the token itself.`);
    },
  });
}

function refuseNameOfAnother(error: unknown): never {
  if (!(error instanceof NameOfAnother)) throw error;
  const message = `${error.message} Use another name, or leave "person" out.`;
  throw invalidInput([{ path: 'person', code: 'other_person', message }]);
}

function view({ scope, ...row }: ApiTokenRow): TokenView {
  return { ...showRow(row), ...scopeView(scope) };
}
