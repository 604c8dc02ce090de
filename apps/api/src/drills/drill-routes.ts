import type { Config } from '@keyferry/config';
import {
  type DrillCommand,
  type DrillView,
  drillCommands,
  type InputError,
  pathText,
  type Role,
  type Runbook,
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
import type { Response } from 'express';
import { z } from 'zod';
import { asCaller, commandOf } from '../http/as-caller.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { type Asked, routes } from '../http/operation-routes.ts';
import { pageOf } from '../http/page.ts';
import { absent, invalidInput, Problem } from '../http/problem.ts';
import { keyView, listedView, logView, readDrillView } from './drill-view.ts';

/** Drills: declare, list, read, and the commands of people. */
export function drillRoutes(store: Store, checkTokens: Config['checkTokens'] = new Map()) {
  const declare = async (response: Response, given: Runbook, idempotency: Idempotency | null) => {
    const misdirected = misdirectedTokens(given, checkTokens);
    if (misdirected.length > 0) throw invalidInput(misdirected);
    const fixed = await fixRunbookRegions(store, given);
    if ('errors' in fixed) throw invalidInput(fixed.errors);
    const createdBy = response.locals.caller;
    return insertDrill(asCaller(store, response), { spec: fixed.spec, createdBy, idempotency });
  };

  /** Runs a command, and answers the drill as it is afterwards. */
  const command = async (
    name: DrillCommand,
    { id: named, role, response }: Pick<Asked<'GET /v1/drills/{id}'>, 'id' | 'role' | 'response'>,
    act: (own: Store, id: string) => Promise<DrillCommanded>,
  ) => {
    const { id } = await mustReadDrill(store, named);
    await refuse(store, id, name, await act(asCaller(store, response), id), response);
    return mustReadView(store, id, role);
  };

  return routes({
    'POST /v1/drills': async ({ body, caller: createdBy, scope, role, request, response }) => {
      const idempotency = idempotencyOf(request, request.body);
      // A repeat is recognised before its Region groups are looked up: they may have been deleted since.
      const known = await findSubmission(store.prisma, 'drill', { createdBy, scope, idempotency });
      const { id, created } =
        known === null ? await declare(response, body, idempotency) : { id: known, created: false };
      if (!created) response.status(200);
      response.location(`/v1/drills/${id}`);
      return mustReadView(store, id, role);
    },

    'GET /v1/drills': async ({ query: { limit, cursor, state } }) => {
      const drills = await listDrills(store, { limit: limit + 1, before: cursor ?? null, states: state ?? null });
      return pageOf(drills, limit, listedView);
    },

    'GET /v1/drills/{id}': async ({ id: named, role }) => {
      const { id } = await mustReadDrill(store, named);
      return mustReadView(store, id, role);
    },

    'GET /v1/drills/{id}/keys': async ({ id: named, query: { limit, cursor = 0 } }) => {
      const { id, baseline_check_id: baselineCheckId, keys } = await mustReadDrill(store, named);
      if (baselineCheckId === null || keys === null) {
        throw new Problem(409, 'Wrong state', 'The keys of this drill are still being read.');
      }
      const rows = await readDrillKeys(store.prisma, { id, baselineCheckId }, { from: cursor, limit: limit + 1 });
      const next = rows[limit]?.position;
      return { items: rows.slice(0, limit).map(keyView), next_cursor: next === undefined ? null : String(next) };
    },

    'GET /v1/drills/{id}/log': async ({ id: named, query: { limit, cursor = 0 } }) => {
      const { id } = await mustReadDrill(store, named);
      const [rows, steps] = await Promise.all([
        readDrillLog(store.prisma, id, { after: cursor, limit: limit + 1 }),
        readDrillSteps(store.prisma, id),
      ]);
      const items = rows.slice(0, limit).map((row) => logView(row, steps));
      return { items, next_cursor: rows.length > limit ? String(items.at(-1)?.seq) : null };
    },

    'POST /v1/drills/{id}/approve': async (asked) => {
      const { body, caller: approver, role, response } = asked;
      const action = body.decision === 'reject' ? 'drill.reject' : 'drill.approve';
      const own = inTheNameOf(store, { ...commandOf(response.locals), action });
      const { step, decision, comment, spec_sha256: specSha256, scope_sha256: scopeSha256 } = body;
      const given = { approver, role, step, decision, comment, specSha256, scopeSha256 };
      return command('approve', asked, (_own, id) => decideDrill(own, id, given));
    },

    'POST /v1/drills/{id}/break-glass': async (asked) => {
      const { reason } = asked.body;
      return command('break_glass', asked, (own, id) => breakGlass(own, id, asked.caller, reason));
    },

    'POST /v1/drills/{id}/pause': (asked) => command('pause', asked, (own, id) => pauseDrill(own, id, asked.caller)),
    'POST /v1/drills/{id}/resume': (asked) => command('resume', asked, (own, id) => resumeDrill(own, id, asked.caller)),
    'POST /v1/drills/{id}/abort': (asked) =>
      command('abort', asked, (own, id) => {
        const { rollback } = asked.body;
        return abortDrill(own, id, { by: asked.caller, rollback });
      }),

    'POST /v1/drills/{id}/findings': async ({ id: named, body: finding, caller: by, role, response }) => {
      const { id } = await mustReadDrill(store, named);
      await noteDrillFinding(asCaller(store, response), id, { ...finding, by });
      return mustReadView(store, id, role);
    },
  });
}

async function mustReadView(store: Store, id: string, role: Role): Promise<DrillView> {
  const view = await readDrillView(store, id, role);
  if (view === null) throw absent('drill', id);
  return view;
}

/** Tokens of checks that a runbook sends to a host that is not set for them. The workers judge tokens that are unknown here. */
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

/** Throws the problem that says why a command was refused. */
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
        `${locals.caller} submitted or resumed this drill and cannot decide. Another person must decide.`,
      );
    case 'not_named':
      throw new Problem(403, 'Not permitted', `${locals.caller} is not one of the approvers that the runbook names.`);
    case 'other_spec':
      throw new Problem(
        409,
        'Another drill',
        'spec_sha256 does not match this drill. Review the current drill, then decide.',
      );
    case 'other_scope':
      throw new Problem(
        409,
        'Another drill',
        'scope_sha256 does not match the keys of this drill. Review the current drill, then decide.',
      );
    case 'other_step':
      throw new Problem(
        409,
        'Wrong state',
        'A different decision is pending: the drill as a whole, or another step. Review the current drill, then decide.',
      );
    case 'decided':
      throw new Problem(
        409,
        'Wrong state',
        `${locals.caller} has already made the opposite decision. A decision cannot be changed.`,
      );
    case 'nothing_waits':
      throw new Problem(409, 'Wrong state', await nothingWaits(store, id));
    case 'wrong_state': {
      const { state, started_at: startedAt } = await mustReadDrill(store, id);
      const decides = command === 'approve' || command === 'break_glass';
      throw new Problem(
        409,
        'Wrong state',
        `${decides && startedAt !== null ? 'No step is waiting for approval' : `Cannot ${command.replaceAll('_', ' ')}`}: the drill is ${state.replaceAll('_', ' ')}. Possible while it is ${drillCommands[command].map((one) => one.replaceAll('_', ' ')).join(', ')}.`,
      );
    }
  }
}

/** Why nothing can be approved in a running drill: who approved its last approve step, and which step runs now. */
async function nothingWaits(store: Store, id: string): Promise<string> {
  const [steps, given] = await Promise.all([readDrillSteps(store.prisma, id), readDrillApprovals(store.prisma, id)]);
  const decided = steps.findLast(({ kind, finished_at }) => kind === 'approve' && finished_at !== null);
  const by = given.filter(({ step_position: stepPosition, decision }) => {
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
