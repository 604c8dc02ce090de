import { type ErrorRule, errorCatalogue, warningCatalogue } from '../../../packages/core/src/index.ts';
import { code, table } from './table.ts';

/** Every error and warning of a replica, from the catalogue that decides about them. */
export function errorsPage(): string {
  const errors = Object.entries(errorCatalogue).map(([name, rule]) => [
    code(name),
    rule.title,
    afterwards(rule),
    rule.operatorAdvice,
  ]);
  const warnings = Object.entries(warningCatalogue).map(([name, rule]) => [
    code(name),
    rule.title,
    rule.operatorAdvice,
  ]);
  return `# Errors and warnings

Codes in \`error.code\` and \`warnings\` of a replica. How failures are handled: [When replicas fail](../how-to/failures.md).

## Errors

${table(['code', 'cause', 'then', 'fix'], errors)}

## Warnings

${table(['code', 'cause', 'fix'], warnings)}
`;
}

function afterwards({ verdict, windowMs }: ErrorRule): string {
  switch (verdict) {
    case 'retry':
      return 'retried';
    case 'retry_briefly':
      return `retried for ${windowMs / 60_000} minutes`;
    case 'final':
      return 'final';
    case 'reconcile':
      return 'CCKM is read first';
  }
}
