import { roles } from '@keyferry/core';
import { bytesPerUnit, costOf, operations, type ScopeRule } from '../http/operations.ts';

interface Operation {
  description?: string;
  responses?: Record<string, unknown>;
  'x-roles'?: readonly string[];
  'x-scope'?: ScopeRule;
  'x-cost'?: number;
}

/** What a rule means for a token that has a scope. */
const underScope: Readonly<Record<ScopeRule, string>> = {
  plan: 'a plan outside it is not there.',
  schedule: 'a schedule outside it is not there.',
  lane: 'a lane outside it is not there.',
  within: 'only what lies within it.',
  open: 'the same for everybody.',
  everything: 'refused to a token that has one.',
};

/**
 * Writes into an OpenAPI document who may do each operation, from the table that decides: `x-roles` and `x-scope`; and what it
 * costs of its caller's budget: `x-cost`.
 */
export function documentRoles<Document extends { paths?: object }>(document: Document, refused: object): Document {
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
      const name = `${method.toUpperCase()} ${path}`;
      const known = operations[name];
      if (known === undefined) continue;
      const { roles: allowed, scope: rule } = known;
      const all = allowed.length === roles.length;
      operation['x-roles'] = allowed;
      operation['x-scope'] = rule;
      const cost = costOf(name);
      operation['x-cost'] = cost;
      const who = `Roles: ${all ? 'all' : allowed.join(', ')}. Scope: ${underScope[rule]}`;
      const told = `${who} Cost: ${cost}, and 1 for each ${bytesPerUnit / 1_024} KiB of a body or an answer; 1 when refused.`;
      operation.description = [operation.description, told].filter(Boolean).join('\n\n');
      if (!all || rule === 'everything') operation.responses = { ...operation.responses, '403': refused };
    }
  }
  return document;
}
