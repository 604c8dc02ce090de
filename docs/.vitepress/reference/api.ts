import { openApiDocument } from '../../../apps/api/src/openapi/document.ts';
import { code, table } from './table.ts';

interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly 'x-roles'?: readonly string[];
  readonly 'x-cost'?: number;
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Every operation of the HTTP API, from the OpenAPI document. */
export function apiPage(): string {
  const operations = Object.entries(openApiDocument().paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = (item as Partial<Record<string, Operation>>)[method];
      return operation === undefined ? [] : [{ method: method.toUpperCase(), path, ...operation }];
    }),
  );
  const sections = Object.entries(Object.groupBy(operations, ({ tags }) => tags?.[0] ?? 'Other')).map(
    ([tag, group = []]) =>
      `## ${tag}\n\n${table(
        ['operation', 'summary', 'roles', 'cost'],
        group.map(({ method, path, summary = '', 'x-roles': roles, 'x-cost': cost }) => [
          code(`${method} ${path}`),
          summary,
          roles === undefined ? 'open' : roles.length === 5 ? 'all' : roles.join(', '),
          `${cost ?? ''}`,
        ]),
      )}`,
  );
  return `# HTTP API

The API serves its OpenAPI 3.1 document at \`/openapi.json\` and a page to try it at \`/docs\`, with every field.

- **Authentication**: \`Authorization: Bearer <token>\`. Roles and scopes: [Access](../security/access.md).
- **Cost** is in units a minute of one caller: [limits](../operations/network.md#limits).
- **Errors** are problem documents (RFC 9457) with \`request_id\`, and \`errors\` with a path for each invalid field.
- **Idempotency**: \`POST /v1/plans\` and \`POST /v1/drills\` take an \`Idempotency-Key\`; a repeat within 24 hours answers as the first did.
- **Lists** are pages: pass \`next_cursor\` of an answer as \`cursor\`.
- **Streams** are Server-Sent Events; \`Last-Event-ID\` continues one.

${sections.join('\n\n')}
`;
}
