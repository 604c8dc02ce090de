import { redactMessage } from '@keyferry/core';

/*
 * What leaves Keyferry in an evidence pack holds no token, no key policy and no principal: packs are mailed and filed for
 * years.
 */

/** ARNs of users, roles and sessions; the account stays, it stands in the ARN of every key. */
const principal = /\barn:(aws[a-z-]*):(iam|sts)::(\d{12}|\*)?:[^\s"',;)\]}]+/g;

/** A text from a log, an error or a person, as it may stand in a pack. */
export function redactText(text: string): string {
  return redactMessage(text, { longest: 20_000 }).replaceAll(principal, (_arn, partition, service, account = '') => {
    return `arn:${partition}:${service}::${account}:[principal]`;
  });
}

/** The same within whatever JSON it is. */
export function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, secretFields.has(name) ? redacted(inner) : redactValue(inner)]),
  );
}

/** Fields of a replica block that name who may use or administer a key, and what may hold a token. */
const secretFields = new Set([
  'Policy',
  'policy',
  'key_admins',
  'key_admins_roles',
  'key_users',
  'key_users_roles',
  'external_accounts',
  'headers',
  'body',
]);

export interface RedactedRunbook {
  readonly runbook: unknown;
  /** Where something was taken out, as paths (`replica.aws_param.Policy`); none: it is the exact runbook. */
  readonly redacted: readonly string[];
}

/** The runbook, exact but for key policies, principals and what its http steps send. */
export function redactRunbook(runbook: Readonly<Record<string, unknown>>): RedactedRunbook {
  const paths: string[] = [];
  const walk = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((inner, at) => walk(inner, `${path}[${at}]`));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        const here = path === '' ? name : `${path}.${name}`;
        if (!secretFields.has(name) || isEmpty(inner)) return [name, walk(inner, here)];
        paths.push(here);
        return [name, redacted(inner)];
      }),
    );
  };
  return { runbook: walk(runbook, ''), redacted: paths };
}

const isEmpty = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0);

const redacted = (value: unknown): unknown => (isEmpty(value) ? value : '[redacted]');
