import {
  type CoverageCheckView,
  type CoveragePolicy,
  type CoveragePolicyView,
  type CoverageSpec,
  coveragePolicyNameSchema,
} from '@keyferry/core';
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
import type { Response } from 'express';
import { asCaller } from '../http/as-caller.ts';
import { routes } from '../http/operation-routes.ts';
import { pageOf } from '../http/page.ts';
import { absent, invalidInput } from '../http/problem.ts';
import { checkView, policyView } from './coverage-views.ts';

/** `/v1/coverage/policies`, and what is checked. */
export function coveragePolicyRoutes(store: Store) {
  return routes({
    'GET /v1/coverage/policies': async ({ query }) => {
      const { limit, cursor } = query;
      const rows = await listPolicies(store, { limit: limit + 1, after: cursor ?? null });
      const items = rows.slice(0, limit);
      const next_cursor = rows.length > limit ? (items.at(-1)?.name ?? null) : null;
      return { items: await views(store, items), next_cursor };
    },

    'GET /v1/coverage/policies/{name}': ({ name }) => readView(store, name),

    'PUT /v1/coverage/policies/{name}': async ({ name, body: policy, caller, response }) => {
      if (policy.name !== name) {
        const message = `The name in the path is ${name}. A policy cannot be renamed.`;
        throw invalidInput([{ path: 'name', code: 'other_name', message }]);
      }
      await mustFix(store, policy);
      const outcome = await putPolicy(asCaller(store, response), policy, caller);
      if (outcome !== 'created') response.status(200);
      return readView(store, policy.name);
    },

    'DELETE /v1/coverage/policies/{name}': async ({ name: named, response }) => {
      const { name } = await mustRead(store, named);
      if (!(await deletePolicy(asCaller(store, response), name))) throw absent('coverage policy', name);
    },

    'GET /v1/coverage/policies/{name}/checks': async ({ name, query }) => {
      const { limit, cursor } = query;
      const rows = isName(name) ? await listChecks(store, name, { limit: limit + 1, before: cursor ?? null }) : [];
      // What was found of a policy outlives it.
      if (rows.length === 0) await mustRead(store, name);
      return pageOf(rows, limit, checkView);
    },

    'POST /v1/coverage/policies/{name}/checks': async ({ name: named, query: { proof }, response }) => {
      const { name, spec } = await mustRead(store, named);
      return ask(store, response, { spec: await mustFix(store, spec), policyName: name, proof: proof === 'true' });
    },

    'POST /v1/coverage/checks': async ({ query: { proof }, body: policy, response }) => {
      return ask(store, response, { spec: await mustFix(store, policy), policyName: null, proof: proof === 'true' });
    },
  });
}

async function ask(
  store: Store,
  response: Response,
  check: { spec: CoverageSpec; policyName: string | null; proof: boolean },
): Promise<CoverageCheckView> {
  const requestedBy = response.locals.caller;
  const { id, created } = await askForCheck(asCaller(store, response), { ...check, cause: 'asked', requestedBy });
  const row = await readCheck(store, id);
  if (row === null) throw absent('coverage check', id);
  if (!created) response.status(200);
  response.location(`/v1/coverage/checks/${id}`);
  return checkView(row);
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

async function readView(store: Store, name: string): Promise<CoveragePolicyView> {
  const [view] = await views(store, [await mustRead(store, name)]);
  if (view === undefined) throw absent('coverage policy', name);
  return view;
}

async function views(store: Store, rows: readonly CoveragePolicyRow[]) {
  const names = rows.map(({ name }) => name);
  const [last, newest] = await Promise.all([readLastChecks(store, names), readNewestChecks(store, names)]);
  return rows.map((row) => {
    const of = newest.find(({ policy_name }) => policy_name === row.name);
    const lastDone = last.find(({ policy_name }) => policy_name === row.name);
    return policyView(row, lastDone ?? null, of ? { id: of.id, state: of.state } : null);
  });
}
