import type { Config } from '@keyferry/config';
import {
  type DrillCommand,
  drillCommands,
  drillStates,
  findingSeverities,
  type InputError,
  pathText,
  type Runbook,
  runbookSchema,
} from '@keyferry/core';
import {
  abortDrill,
  breakGlass,
  type DrillCommanded,
  type DrillRow,
  decideDrill,
  findSubmission,
  fixRunbookRegions,
  type Idempotency,
  insertDrill,
  inTheNameOf,
  listDrills,
  noteDrillFinding,
  pauseDrill,
  readDrill,
  readDrillApprovals,
  readDrillKeys,
  readDrillLog,
  readDrillSteps,
  resumeDrill,
  type Store,
} from '@keyferry/store';
import { faultOfCheckToken } from '@keyferry/webhook';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { asCaller, commandOf } from '../http/as-caller.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { pageOf, pageQuery } from '../http/page.ts';
import { absent, invalidInput, Problem, parseInput } from '../http/problem.ts';
import { keyView, listedView, logView, readDrillView } from './drill-view.ts';

export const listDrillsQuery = z.strictObject({
  ...pageQuery,
  state: z
    .preprocess((given) => [given].flat(), z.array(z.enum(drillStates)))
    .optional()
    .meta({ override: { type: 'array', items: { type: 'string', enum: [...drillStates] } } })
    .describe('In one of these states: `state=running&state=paused`'),
});

/** The number after which a page goes on, as the page before told it. */
const place = z.coerce
  .number('Give the next_cursor of the page before, unchanged.')
  .int()
  .min(0)
  .max(2_000_000_000)
  .optional()
  .meta({ override: { type: 'string' } });
export const drillKeysQuery = z.strictObject({ limit: pageQuery.limit, cursor: place });
export const drillLogQuery = z.strictObject({ limit: pageQuery.limit, cursor: place });

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'A SHA-256 has 64 hexadecimal digits, in lower case.');
const words = z.string().trim().min(1).max(2_000);

export const decideDrillBody = z.strictObject({
  step: z
    .string()
    .min(1)
    .max(63)
    .nullable()
    .default(null)
    .describe('The id of the step that waits; null: the drill as a whole'),
  decision: z.enum(['approve', 'reject']).default('approve'),
  spec_sha256: sha256.describe('Of the runbook that was looked at'),
  scope_sha256: sha256.optional().describe('Of the keys that were looked at; left out: whatever the drill has'),
  comment: words.nullable().default(null),
});
export const breakGlassBody = z.strictObject({ reason: words.describe('Kept for good, and a finding of the drill') });
export const abortDrillBody = z
  .strictObject({ rollback: z.boolean().default(false).describe('Promote back what was promoted') })
  .default({ rollback: false });
export const noteFindingBody = z.strictObject({
  severity: z.enum(findingSeverities).default('warning'),
  message: words,
  owner: z.string().trim().min(1).max(300).nullable().default(null).describe('Who sees to it'),
  due: z.iso.date().nullable().default(null),
  ticket: z.string().trim().min(1).max(256).nullable().default(null),
});
const emptyBody = z.strictObject({}).default({});

/** Drills: declare, list, read, and what people may tell one. */
export function drillRoutes(store: Store, checkTokens: Config['checkTokens'] = new Map()): Router {
  const router = Router();

  const answer = async (response: Response, id: string) => {
    response.json(await readDrillView(store, id, response.locals.role));
  };

  const declare = async (response: Response, given: Runbook, idempotency: Idempotency | null) => {
    const misdirected = misdirectedTokens(given, checkTokens);
    if (misdirected.length > 0) throw invalidInput(misdirected);
    const fixed = await fixRunbookRegions(store, given);
    if ('errors' in fixed) throw invalidInput(fixed.errors);
    const createdBy = response.locals.caller;
    return insertDrill(asCaller(store, response), { spec: fixed.spec, createdBy, idempotency });
  };

  router.post('/', async (request, response) => {
    const given = parseInput(runbookSchema, request.body);
    const { caller: createdBy, scope } = response.locals;
    const idempotency = idempotencyOf(request, request.body);
    // A repeat is known before its Region groups are looked up, which may be gone by now.
    const known = await findSubmission(store.prisma, 'drill', { createdBy, scope, idempotency });
    const { id, created } =
      known === null ? await declare(response, given, idempotency) : { id: known, created: false };
    response.status(created ? 202 : 200).location(`/v1/drills/${id}`);
    await answer(response, id);
  });

  router.get('/', async (request, response) => {
    const { limit, cursor, state } = parseInput(listDrillsQuery, request.query);
    const drills = await listDrills(store, { limit: limit + 1, before: cursor ?? null, states: state ?? null });
    response.json(pageOf(drills, limit, listedView));
  });

  router.get('/:id', async (request, response) => {
    const { id } = await mustReadDrill(store, request.params.id);
    await answer(response, id);
  });

  router.get('/:id/keys', async (request, response) => {
    const { limit, cursor = 0 } = parseInput(drillKeysQuery, request.query);
    const { id, baselineCheckId, keys } = await mustReadDrill(store, request.params.id);
    if (baselineCheckId === null || keys === null) {
      throw new Problem(409, 'Wrong state', 'The keys of this drill are still being read.');
    }
    const rows = await readDrillKeys(store.prisma, { id, baselineCheckId }, { from: cursor, limit: limit + 1 });
    const next = rows[limit]?.position;
    response.json({ items: rows.slice(0, limit).map(keyView), next_cursor: next === undefined ? null : String(next) });
  });

  router.get('/:id/log', async (request, response) => {
    const { limit, cursor = 0 } = parseInput(drillLogQuery, request.query);
    const { id } = await mustReadDrill(store, request.params.id);
    const [rows, steps] = await Promise.all([
      readDrillLog(store.prisma, id, { after: cursor, limit: limit + 1 }),
      readDrillSteps(store.prisma, id),
    ]);
    const items = rows.slice(0, limit).map((row) => logView(row, steps));
    response.json({ items, next_cursor: rows.length > limit ? String(items.at(-1)?.seq) : null });
  });

  router.post('/:id/approve', async (request, response) => {
    const body = parseInput(decideDrillBody, request.body);
    const { id } = await mustReadDrill(store, request.params.id);
    const { caller: approver, role } = response.locals;
    const action = body.decision === 'reject' ? 'drill.reject' : 'drill.approve';
    const own = inTheNameOf(store, { ...commandOf(response.locals), action });
    const { step, decision, comment, spec_sha256: specSha256, scope_sha256: scopeSha256 } = body;
    const given = { approver, role, step, decision, comment, specSha256, scopeSha256 };
    await refuse(store, id, 'approve', await decideDrill(own, id, given), response);
    await answer(response, id);
  });

  router.post('/:id/break-glass', async (request, response) => {
    const { reason } = parseInput(breakGlassBody, request.body);
    const { id } = await mustReadDrill(store, request.params.id);
    const done = await breakGlass(asCaller(store, response), id, response.locals.caller, reason);
    await refuse(store, id, 'break_glass', done, response);
    await answer(response, id);
  });

  /** A command that `act` carries out. */
  const command =
    (name: DrillCommand, act: (own: Store, id: string, caller: string, request: Request) => Promise<DrillCommanded>) =>
    async (request: Request, response: Response) => {
      const { id } = await mustReadDrill(store, String(request.params.id));
      const done = await act(asCaller(store, response), id, response.locals.caller, request);
      await refuse(store, id, name, done, response);
      await answer(response, id);
    };
  const withoutBody =
    (act: (own: Store, id: string, caller: string) => Promise<DrillCommanded>) =>
    (own: Store, id: string, caller: string, request: Request) => {
      parseInput(emptyBody, request.body);
      return act(own, id, caller);
    };
  router.post('/:id/pause', command('pause', withoutBody(pauseDrill)));
  router.post('/:id/resume', command('resume', withoutBody(resumeDrill)));
  router.post(
    '/:id/abort',
    command('abort', (own, id, by, request) =>
      abortDrill(own, id, { by, rollback: parseInput(abortDrillBody, request.body).rollback }),
    ),
  );

  router.post('/:id/findings', async (request, response) => {
    const finding = parseInput(noteFindingBody, request.body);
    const { id } = await mustReadDrill(store, request.params.id);
    await noteDrillFinding(asCaller(store, response), id, { ...finding, by: response.locals.caller });
    response.status(201);
    await answer(response, id);
  });

  return router;
}

/** Tokens of checks that a runbook would have sent elsewhere than where they may go. One that is not known here is left to the workers. */
function misdirectedTokens({ steps }: Runbook, checkTokens: Config['checkTokens']): InputError[] {
  return steps.flatMap((step, at) => {
    const fault = step.step === 'http' ? faultOfCheckToken(step, checkTokens) : null;
    return fault?.code === 'token_for_other_host' ? [{ path: pathText(['steps', at, 'bearer']), ...fault }] : [];
  });
}

/** Reads the drill that a path names, or throws the 404. */
export async function mustReadDrill(store: Store, id: string): Promise<DrillRow> {
  const drill = z.uuid().safeParse(id).success ? await readDrill(store.prisma, id) : null;
  if (drill === null) throw absent('drill', id);
  return drill;
}

/** Throws what says why a command was not taken. */
async function refuse(
  store: Store,
  id: string,
  command: DrillCommand,
  done: DrillCommanded,
  { locals }: Response,
): Promise<void> {
  switch (done) {
    case 'done':
      return;
    case 'absent':
      throw absent('drill', id);
    case 'proposer':
      throw new Problem(
        403,
        'Not permitted',
        `${locals.caller} submitted this drill or let it go on: somebody else has to decide.`,
      );
    case 'not_named':
      throw new Problem(403, 'Not permitted', `The runbook names who approves this drill, and not ${locals.caller}.`);
    case 'other_spec':
      throw new Problem(
        409,
        'Another drill',
        'What you decide on is not this drill: its spec_sha256 is another. Look at it again.',
      );
    case 'other_scope':
      throw new Problem(
        409,
        'Another drill',
        'These are not the keys of this drill: its scope_sha256 is another. Look at it again.',
      );
    case 'other_step':
      throw new Problem(
        409,
        'Wrong state',
        'Something else waits to be decided now: the drill as a whole, or another of its steps. Look at it again.',
      );
    case 'decided':
      throw new Problem(409, 'Wrong state', `${locals.caller} has decided the other way before; that stands.`);
    case 'nothing_waits':
      throw new Problem(409, 'Wrong state', await nothingWaits(store, id));
    case 'wrong_state': {
      const { state, startedAt } = await mustReadDrill(store, id);
      const decides = command === 'approve' || command === 'break_glass';
      throw new Problem(
        409,
        'Wrong state',
        `${decides && startedAt !== null ? 'No step is waiting for approval' : `Cannot ${command.replaceAll('_', ' ')}`}: the drill is ${state.replaceAll('_', ' ')}. Possible while it is ${drillCommands[command].map((one) => one.replaceAll('_', ' ')).join(', ')}.`,
      );
    }
  }
}

/** Why nothing can be approved in a drill that runs: who has approved its last step that asked, and what it does now. */
async function nothingWaits(store: Store, id: string): Promise<string> {
  const [steps, given] = await Promise.all([readDrillSteps(store.prisma, id), readDrillApprovals(store.prisma, id)]);
  const decided = steps.findLast(({ kind, finishedAt }) => kind === 'approve' && finishedAt !== null);
  const by = given.filter(({ stepPosition, decision }) => {
    return stepPosition === decided?.position && decision === 'approve';
  });
  const now = steps.find(({ state }) => state === 'running');
  return [
    'No step is waiting for approval.',
    ...(decided === undefined || by.length === 0
      ? []
      : [`Step ${decided.id} was approved by ${by.map(({ approver }) => approver).join(', ')}.`]),
    ...(now === undefined ? [] : [`Step ${now.id} is running.`]),
  ].join(' ');
}
