import type { ApprovalRulesView } from '@keyferry/core';
import {
  type ApprovalRulesRow,
  judgeWaiting,
  listApprovalRules,
  putApprovalRules,
  readApprovalRules,
  type Store,
} from '@keyferry/store';
import { asCaller } from './http/as-caller.ts';
import { routes } from './http/operation-routes.ts';
import { Problem } from './http/problem.ts';

/** The rules of the installation about which plans, schedules and drills need which approvals. */
export function approvalRulesRoutes(store: Store) {
  return routes({
    'GET /v1/approval-rules': async () => view(await readApprovalRules(store)),

    'PUT /v1/approval-rules': async ({ body, caller, response }) => {
      const put = await putApprovalRules(asCaller(store, response), body, caller);
      const now = view(await readApprovalRules(store));
      if (put === 'conflict') {
        throw new Problem(
          409,
          'Other version',
          `The approval rules are at version ${now.version}, not ${body.version}: they were changed in the meantime. Read them, then apply your change again.`,
        );
      }
      if (put === 'put') await judgeWaiting(store, { previews: true });
      return now;
    },

    'GET /v1/approval-rules/versions': async ({ query }) => {
      const { limit, before } = query;
      const rows = await listApprovalRules(store, { limit: limit + 1, before: before ?? null });
      const items = rows.slice(0, limit).map(view);
      const next_before = rows.length > limit ? (items.at(-1)?.version ?? null) : null;
      return { items, next_before };
    },
  });
}

function view(row: ApprovalRulesRow | null): ApprovalRulesView {
  if (row === null) return { version: 0, rules: [], sha256: null, author: null, comment: null, created_at: null };
  const { version, rules, sha256, author, comment, createdAt } = row;
  return { version, rules: [...rules], sha256, author, comment, created_at: createdAt.toISOString() };
}
