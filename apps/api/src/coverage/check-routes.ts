import {
  type CoverageSpec,
  closingBlock,
  coverageLetters,
  notRequiredLetter,
  openCheckStates,
  optionsSchema,
  tagOptions,
} from '@keyferry/core';
import type { BodyOf } from '@keyferry/operations';
import {
  type CoverageCheckRow,
  closeGaps,
  countGaps,
  findCoverageKeys,
  findSubmission,
  type Idempotency,
  listCoverageCells,
  readCheck,
  readCoverageMatrix,
  type Store,
} from '@keyferry/store';
import type { Response } from 'express';
import { z } from 'zod';
import { asCaller } from '../http/as-caller.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { routes } from '../http/operation-routes.ts';
import { absent, Problem, parseInput } from '../http/problem.ts';
import { mustRead as mustReadPlan } from '../plans/find-plan.ts';
import { planView } from '../plans/plan-view.ts';
import { cellView, checkView } from './coverage-views.ts';

/** `/v1/coverage/checks/{id}`: what a check found, and the plan that closes its gaps. */
export function coverageCheckRoutes(store: Store) {
  const close = async (
    response: Response,
    checkId: string,
    { mode, name, options }: BodyOf<'POST /v1/coverage/checks/{id}/plan'>,
    idempotency: Idempotency | null,
  ) => {
    const { id, spec } = await mustHaveCells(store, checkId);
    if ((await countGaps(store, id)) === 0) {
      throw new Problem(
        409,
        'Wrong state',
        'This check found no missing replica that a plan can create. See its cells for other findings.',
      );
    }
    const plan = {
      name: name ?? `coverage ${spec.name}`,
      mode,
      replica: closingBlock(spec),
      options: parseInput(optionsSchema, { ...spec.options, ...tagOptions(spec), ...options }),
    };
    const createdBy = response.locals.caller;
    return closeGaps(asCaller(store, response), id, { spec: plan, createdBy, idempotency });
  };

  return routes({
    'GET /v1/coverage/checks/{id}': async ({ id }) => checkView(await mustRead(store, id)),

    'GET /v1/coverage/checks/{id}/cells': async ({ id: named, query }) => {
      const { limit, cursor, q, state: states, ...filter } = query;
      const { id } = await mustHaveCells(store, named);
      const [position = '', behind = ''] = cursor?.split('.') ?? [];
      const after = cursor === undefined ? null : { position: Number(position), region: behind };
      const rows = await listCoverageCells(store, id, { ...filter, states, text: q }, { after, limit: limit + 1 });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      const next_cursor = rows.length > limit && last ? `${last.position}.${last.region}` : null;
      return { items: items.map(cellView), next_cursor };
    },

    'GET /v1/coverage/checks/{id}/matrix': async ({ id, query }) => {
      const { limit, cursor, offset, q, state: states, ...filter } = query;
      const check = await mustHaveCells(store, id);
      const found = await findCoverageKeys(store, check.id, { ...filter, states, text: q });
      const from = offset ?? (cursor === undefined ? 0 : found.filter((position) => position <= cursor).length);
      const positions = found.slice(from, from + limit);
      const rows = await readCoverageMatrix(store, check.id, positions);
      return {
        regions: [...check.regions],
        keys: found.length,
        items: rows.map((row) => ({
          index: row.position,
          key_id: row.key_id,
          alias: row.alias,
          account: row.account || null,
          primary_region: row.primary_region || null,
          cells: check.regions
            .map((name) => {
              const there = row.states[name];
              return there === undefined ? notRequiredLetter : coverageLetters[there];
            })
            .join(''),
        })),
        next_cursor: from + positions.length < found.length ? String(positions.at(-1)) : null,
      };
    },

    'POST /v1/coverage/checks/{id}/plan': async ({
      id: checkId,
      body,
      caller: createdBy,
      scope,
      request,
      response,
    }) => {
      const idempotency = idempotencyOf(request, { check: checkId, plan: request.body ?? {} });
      // A repeat is known before the cells of the check are looked up, which may be gone by now.
      const known = await findSubmission(store.prisma, 'plan', { createdBy, scope, idempotency });
      const { id, created } =
        known === null ? await close(response, checkId, body, idempotency) : { id: known, created: false };
      if (!created) response.status(200);
      response.location(`/v1/plans/${id}`);
      return planView(await mustReadPlan(store, id));
    },
  });
}

async function mustRead(store: Store, id: string): Promise<CoverageCheckRow> {
  const check = z.uuid().safeParse(id).success ? await readCheck(store, id) : null;
  if (check === null) throw absent('coverage check', id);
  return check;
}

async function mustHaveCells(store: Store, id: string): Promise<CoverageCheckRow & { spec: CoverageSpec }> {
  const check = await mustRead(store, id);
  if (openCheckStates.includes(check.state)) {
    throw new Problem(409, 'Wrong state', `The check is still running. ${check.reason ?? 'Retry in a few seconds.'}`);
  }
  if (check.state === 'failed') {
    throw new Problem(409, 'Wrong state', `The check failed. ${check.error?.message ?? ''}`.trim());
  }
  const { spec } = check;
  if (!check.cells_kept || spec === null) {
    throw new Problem(
      404,
      'Not found',
      'The cells of this check were deleted when a newer check of its policy finished. Its counts are kept.',
    );
  }
  return { ...check, spec };
}
