import type { AuditAction, Role } from '@keyferry/core';
import { type OperationName, operationNamed, operationNames } from './operations.ts';

const patterns = operationNames.map((name) => {
  const [method = '', path = ''] = name.split(' ');
  return { name, method, path: pathPattern(path) };
});

/** The paths that a path of the OpenAPI document stands for, as Express matches: any case, with or without a slash at the end. */
export function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i');
}

/** The operation that a request is; null when it is none. */
export function operationOf(method: string, path: string): OperationName | null {
  const asked = method === 'HEAD' ? 'GET' : method;
  return patterns.find((pattern) => pattern.method === asked && pattern.path.test(path))?.name ?? null;
}

/** The operations that a role allows. */
export function operationsOf(role: Role): OperationName[] {
  return operationNames.filter((name) => operationNamed(name).roles.includes(role));
}

/** The action that an operation is in the audit log; null: it changes nothing. */
export function auditActionOf(name: OperationName): AuditAction | null {
  return operationNamed(name).audit ?? null;
}
