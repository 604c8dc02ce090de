import { type CreatedTokenView, newTokenSchema, scopeView, type TokenView } from '@keyferry/core';
import { type ApiTokenRow, insertToken, listTokens, NameOfAnother, revokeToken, type Store } from '@keyferry/store';
import { Router } from 'express';
import { z } from 'zod';
import { newApiToken, tokenSha256 } from './http/api-token.ts';
import { asCaller } from './http/as-caller.ts';
import { pageOf, pageQuery } from './http/page.ts';
import { invalidInput, Problem, parseInput } from './http/problem.ts';

export const listTokensQuery = z.strictObject(pageQuery);

/** API tokens: make one (told once, in the answer), list, revoke. */
export function tokenRoutes(store: Store): Router {
  const router = Router();

  router.post('/', async (request, response) => {
    const body = parseInput(newTokenSchema, request.body);
    const expiresAt = body.expires_at === null ? null : new Date(body.expires_at);
    if (expiresAt !== null && expiresAt.getTime() <= Date.now()) {
      throw new Problem(422, 'Invalid input', 'The token would have expired already. Nothing was stored.', {
        errors: [{ path: 'expires_at', code: 'invalid_value', message: 'Give a time that lies ahead.' }],
      });
    }
    const token = newApiToken();
    const { caller: createdBy } = response.locals;
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
    const created: CreatedTokenView = { ...view(row), token };
    response.status(201).json(created);
  });

  router.get('/', async (request, response) => {
    const { limit, cursor } = parseInput(listTokensQuery, request.query);
    response.json(pageOf(await listTokens(store, { limit: limit + 1, before: cursor ?? null }), limit, view));
  });

  router.delete('/:id', async (request, response) => {
    const { id } = request.params;
    const found =
      z.uuid().safeParse(id).success && (await revokeToken(asCaller(store, response), id, response.locals.caller));
    if (!found)
      throw new Problem(404, 'Not found', `There is no token ${id}. DELETE takes its id, not the token itself.`);
    response.status(204).end();
  });

  return router;
}

function refuseNameOfAnother(error: unknown): never {
  if (!(error instanceof NameOfAnother)) throw error;
  const message = `${error.message} Take another name, or leave "person" out.`;
  throw invalidInput([{ path: 'person', code: 'other_person', message }]);
}

function view(row: ApiTokenRow): TokenView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    person: row.person,
    ...scopeView(row.scope),
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
    revoked_by: row.revokedBy,
  };
}
