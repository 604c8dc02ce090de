import {
  type CoverageCode,
  type CoverageMatrixView,
  type CoverageSpec,
  closingBlock,
  coverageFindings,
  coverageLetters,
  coverageStates,
  notRequiredLetter,
  openCheckStates,
  optionsSchema,
  tagOptions,
} from '@keyferry/core';
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
import { type Response, Router } from 'express';
import { z } from 'zod';
import { asCaller } from '../http/as-caller.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { pageQuery } from '../http/page.ts';
import { absent, Problem, parseInput } from '../http/problem.ts';
import { mustRead as mustReadPlan } from '../plans/find-plan.ts';
import { planView } from '../plans/plan-view.ts';
import { cellView, checkView } from './coverage-views.ts';

const place = z
  .string()
  .regex(/^\d{1,9}$/, 'Give a whole number from 0 on.')
  .transform(Number)
  .optional();
const text = z.string().min(1).max(200).optional().describe('Part of an alias, a key id or an account, in any case');
const state = z
  .union([z.enum(coverageStates).transform((one) => [one]), z.array(z.enum(coverageStates)).min(1).max(20)])
  .optional()
  .meta({ override: { type: 'array', items: { type: 'string', enum: [...coverageStates] } } });
const region = z.string().max(64).optional();

export const cellsQuery = z.strictObject({
  limit: pageQuery.limit,
  cursor: z
    .string()
    .regex(/^\d{1,9}\.[a-z0-9-]{1,64}$/, 'Give the next_cursor of the page before, unchanged.')
    .optional(),
  state,
  code: z.enum(Object.keys(coverageFindings) as CoverageCode[]).optional(),
  region,
  key: z.string().min(1).max(2048).optional().describe('CCKM id of the primary, or AWS key id'),
  q: text,
});

export const coverageMatrixQuery = z
  .strictObject({
    limit: pageQuery.limit,
    cursor: place.meta({ override: { type: 'string' } }),
    offset: place
      .meta({ override: { type: 'integer', minimum: 0 } })
      .describe('Begin with this key of those that the filter lets through, from 0'),
    state: state.describe('Keys with a cell in this state'),
    region: region.describe('… or required in this Region; with both: in this state there'),
    q: text,
  })
  .refine(({ cursor, offset }) => cursor === undefined || offset === undefined, {
    path: ['offset'],
    message: 'Give either `cursor` or `offset`.',
  });

export const closeSchema = z.strictObject({
  mode: z.enum(['execute', 'preview']).default('execute'),
  name: z.string().trim().min(1).max(200).optional().describe('Left out: "coverage" and the name of the policy'),
  options: optionsSchema.partial().optional().describe("Laid over the policy's"),
});

/** `/v1/coverage/checks/{id}`: what a check found, and the plan that closes its gaps. */
export function coverageCheckRoutes(store: Store): Router {
  const router = Router();

  router.get('/checks/:id', async (request, response) => {
    response.json(checkView(await mustRead(store, request.params.id)));
  });

  router.get('/checks/:id/cells', async (request, response) => {
    const { limit, cursor, q, state: states, ...filter } = parseInput(cellsQuery, request.query);
    const { id } = await mustHaveCells(store, request.params.id);
    const [position = '', behind = ''] = cursor?.split('.') ?? [];
    const after = cursor === undefined ? null : { position: Number(position), region: behind };
    const rows = await listCoverageCells(store, id, { ...filter, states, text: q }, { after, limit: limit + 1 });
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const next_cursor = rows.length > limit && last ? `${last.position}.${last.region}` : null;
    response.json({ items: items.map(cellView), next_cursor });
  });

  router.get('/checks/:id/matrix', async (request, response) => {
    const { limit, cursor, offset, q, state: states, ...filter } = parseInput(coverageMatrixQuery, request.query);
    const check = await mustHaveCells(store, request.params.id);
    const found = await findCoverageKeys(store, check.id, { ...filter, states, text: q });
    const from = offset ?? (cursor === undefined ? 0 : found.filter((position) => position <= cursor).length);
    const positions = found.slice(from, from + limit);
    const rows = await readCoverageMatrix(store, check.id, positions);
    const view: CoverageMatrixView = {
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
    response.json(view);
  });

  router.post('/checks/:id/plan', async (request, response) => {
    const given = parseInput(closeSchema, request.body ?? {});
    const { caller: createdBy, scope } = response.locals;
    const idempotency = idempotencyOf(request, { check: request.params.id, plan: request.body ?? {} });
    // A repeat is known before the cells of the check are looked up, which may be gone by now.
    const known = await findSubmission(store.prisma, 'plan', { createdBy, scope, idempotency });
    const { id, created } =
      known === null ? await close(response, request.params.id, given, idempotency) : { id: known, created: false };
    response
      .status(created ? 202 : 200)
      .location(`/v1/plans/${id}`)
      .json(planView(await mustReadPlan(store, id)));
  });

  const close = async (
    response: Response,
    checkId: string,
    { mode, name, options }: z.output<typeof closeSchema>,
    idempotency: Idempotency | null,
  ) => {
    const { id, spec } = await mustHaveCells(store, checkId);
    if ((await countGaps(store, id)) === 0) {
      throw new Problem(
        409,
        'Wrong state',
        'This check found no replica missing that could be made. What else is wrong, a plan does not mend: see its cells.',
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

  return router;
}

async function mustRead(store: Store, id: string): Promise<CoverageCheckRow> {
  const check = z.uuid().safeParse(id).success ? await readCheck(store, id) : null;
  if (check === null) throw absent('coverage check', id);
  return check;
}

async function mustHaveCells(store: Store, id: string): Promise<CoverageCheckRow & { spec: CoverageSpec }> {
  const check = await mustRead(store, id);
  if (openCheckStates.includes(check.state)) {
    throw new Problem(409, 'Wrong state', `The check is still being made. ${check.reason ?? 'Ask again in a moment.'}`);
  }
  if (check.state === 'failed') {
    throw new Problem(409, 'Wrong state', `The check could not be made. ${check.error?.message ?? ''}`.trim());
  }
  const { spec } = check;
  if (!check.cells_kept || spec === null) {
    throw new Problem(
      404,
      'Not found',
      'The cells of this check are not kept any more: a newer check of its policy is done. Its counts stay.',
    );
  }
  return { ...check, spec };
}
