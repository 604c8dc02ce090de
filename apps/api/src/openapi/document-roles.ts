import { roles } from '@keyferry/core';
import { permissions } from '../http/permissions.ts';

interface Operation {
  description?: string;
  responses?: Record<string, unknown>;
  'x-roles'?: readonly string[];
}

/** Writes into an OpenAPI document which roles each operation needs, from the table of permissions: `x-roles`. */
export function documentRoles<Document extends { paths?: object }>(document: Document, refused: object): Document {
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
      const allowed = permissions[`${method.toUpperCase()} ${path}`];
      if (allowed === undefined) continue;
      const all = allowed.length === roles.length;
      operation['x-roles'] = allowed;
      operation.description = [operation.description, `Roles: ${all ? 'all' : allowed.join(', ')}.`]
        .filter(Boolean)
        .join('\n\n');
      if (!all) operation.responses = { ...operation.responses, '403': refused };
    }
  }
  return document;
}
