import { type ApprovalRulesHistory, type ApprovalRulesView, newApprovalRulesSchema } from '@keyferry/core';
import {
  type ApprovalRulesRow,
  judgeWaiting,
  listApprovalRules,
  putApprovalRules,
  readApprovalRules,
  type Store,
} from '@keyferry/store';
import { Router } from 'express';
import { z } from 'zod';
import { asCaller } from './http/as-caller.ts';
import { Problem, parseInput } from './http/problem.ts';

export const approvalRulesHistoryQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(20).default(10),
  before: z.coerce.number().int().min(1).max(2_147_483_647).optional().describe('Versions older than this one'),
});

/** The rules of the installation about which plans, schedules and drills need which approvals. */
export function approvalRulesRoutes(store: Store): Router {
  const router = Router();

  router.get('/', async (_request, response) => {
    response.json(view(await readApprovalRules(store)));
  });

  router.put('/', async (request, response) => {
    const given = parseInput(newApprovalRulesSchema, request.body);
    const put = await putApprovalRules(asCaller(store, response), given, response.locals.caller);
    const now = view(await readApprovalRules(store));
    if (put === 'conflict') {
      throw new Problem(
        409,
        'Other version',
        `The approval rules are at version ${now.version}, not ${given.version}: another change came first. Read them, and put your change on top.`,
      );
    }
    if (put === 'put') await judgeWaiting(store, { previews: true });
    response.json(now);
  });

  router.get('/versions', async (request, response) => {
    const { limit, before } = parseInput(approvalRulesHistoryQuery, request.query);
    const rows = await listApprovalRules(store, { limit: limit + 1, before: before ?? null });
    const items = rows.slice(0, limit).map(view);
    const next_before = rows.length > limit ? (items.at(-1)?.version ?? null) : null;
    response.json({ items, next_before } satisfies ApprovalRulesHistory);
  });

  return router;
}

function view(row: ApprovalRulesRow | null): ApprovalRulesView {
  if (row === null) return { version: 0, rules: [], sha256: null, author: null, comment: null, created_at: null };
  const { version, rules, sha256, author, comment, createdAt } = row;
  return { version, rules: [...rules], sha256, author, comment, created_at: createdAt.toISOString() };
}
