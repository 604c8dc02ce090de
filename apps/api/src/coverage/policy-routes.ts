import { type CoveragePolicy, type CoverageSpec, coveragePolicyNameSchema, coveragePolicySchema } from '@keyferry/core';
import {
  askForCheck,
  type CoveragePolicyRow,
  deletePolicy,
  fixCoverageRegions,
  listChecks,
  listPolicies,
  putPolicy,
  readCheck,
  readLastChecks,
  readNewestChecks,
  readPolicy,
  type Store,
} from '@keyferry/store';
import { type Response, Router } from 'express';
import { z } from 'zod';
import { asCaller } from '../http/as-caller.ts';
import { pageOf, pageQuery } from '../http/page.ts';
import { absent, invalidInput, parseInput } from '../http/problem.ts';
import { checkView, policyView } from './coverage-views.ts';

export const listPoliciesQuery = z.strictObject({
  limit: pageQuery.limit,
  cursor: coveragePolicyNameSchema.optional(),
});
export const listChecksQuery = z.strictObject(pageQuery);
export const askQuery = z.strictObject({
  proof: z
    .enum(['true', 'false'])
    .default('false')
    .describe('true: every member is read back from AWS one by one, and its key material compared; takes longer'),
});

/** `/v1/coverage/policies`, and what is checked. */
export function coveragePolicyRoutes(store: Store): Router {
  const router = Router();

  router.get('/policies', async (request, response) => {
    const { limit, cursor } = parseInput(listPoliciesQuery, request.query);
    const rows = await listPolicies(store, { limit: limit + 1, after: cursor ?? null });
    const items = rows.slice(0, limit);
    const next_cursor = rows.length > limit ? (items.at(-1)?.name ?? null) : null;
    response.json({ items: await views(store, items), next_cursor });
  });

  router.get('/policies/:name', async (request, response) => {
    const [view] = await views(store, [await mustRead(store, request.params.name)]);
    response.json(view);
  });

  router.put('/policies/:name', async (request, response) => {
    const policy = parseInput(coveragePolicySchema, request.body);
    if (policy.name !== request.params.name) {
      const message = `The address says ${request.params.name}; a policy keeps its name.`;
      throw invalidInput([{ path: 'name', code: 'other_name', message }]);
    }
    await mustFix(store, policy);
    const outcome = await putPolicy(asCaller(store, response), policy, response.locals.caller);
    const [view] = await views(store, [await mustRead(store, policy.name)]);
    response.status(outcome === 'created' ? 201 : 200).json(view);
  });

  router.delete('/policies/:name', async (request, response) => {
    const { name } = await mustRead(store, request.params.name);
    if (!(await deletePolicy(asCaller(store, response), name))) throw absent('coverage policy', name);
    response.status(204).end();
  });

  router.get('/policies/:name/checks', async (request, response) => {
    const { limit, cursor } = parseInput(listChecksQuery, request.query);
    const { name } = request.params;
    const rows = isName(name) ? await listChecks(store, name, { limit: limit + 1, before: cursor ?? null }) : [];
    // What was found of a policy outlives it.
    if (rows.length === 0) await mustRead(store, name);
    response.json(pageOf(rows, limit, checkView));
  });

  router.post('/policies/:name/checks', async (request, response) => {
    const { proof } = parseInput(askQuery, request.query);
    const { name, spec } = await mustRead(store, request.params.name);
    await ask(store, response, { spec: await mustFix(store, spec), policyName: name, proof: proof === 'true' });
  });

  router.post('/checks', async (request, response) => {
    const { proof } = parseInput(askQuery, request.query);
    const policy = parseInput(coveragePolicySchema, request.body);
    await ask(store, response, { spec: await mustFix(store, policy), policyName: null, proof: proof === 'true' });
  });

  return router;
}

async function ask(
  store: Store,
  response: Response,
  check: { spec: CoverageSpec; policyName: string | null; proof: boolean },
): Promise<void> {
  const requestedBy = response.locals.caller;
  const { id, created } = await askForCheck(asCaller(store, response), { ...check, cause: 'asked', requestedBy });
  const row = await readCheck(store, id);
  if (row === null) throw absent('coverage check', id);
  response
    .status(created ? 202 : 200)
    .location(`/v1/coverage/checks/${id}`)
    .json(checkView(row));
}

/** The policy with what its Region groups stand for now. */
async function mustFix(store: Store, policy: CoveragePolicy): Promise<CoverageSpec> {
  const fixed = await fixCoverageRegions(store, policy);
  if ('errors' in fixed) throw invalidInput(fixed.errors);
  return fixed.spec;
}

async function mustRead(store: Store, name: string): Promise<CoveragePolicyRow> {
  const policy = isName(name) ? await readPolicy(store, name) : null;
  if (policy === null) throw absent('coverage policy', name);
  return policy;
}

/** Postgres would refuse to look for some others. */
const isName = (name: string): boolean => coveragePolicyNameSchema.safeParse(name).success;

async function views(store: Store, rows: readonly CoveragePolicyRow[]) {
  const names = rows.map(({ name }) => name);
  const [last, newest] = await Promise.all([readLastChecks(store, names), readNewestChecks(store, names)]);
  return rows.map((row) => {
    const of = newest.find(({ policy_name }) => policy_name === row.name);
    const lastDone = last.find(({ policy_name }) => policy_name === row.name);
    return policyView(row, lastDone ?? null, of ? { id: of.id, state: of.state } : null);
  });
}
