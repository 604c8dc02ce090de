import type { Policy, Statement } from './new-policy.ts';

/** What a policy decides, worked out request by request, as the IAM user guide says: the other way to compare two of them. */

export interface PolicyRequest {
  readonly principal: { readonly kind: string; readonly name: string };
  readonly action: string;
  readonly resource: string;
  /** By the lower-case name of its key. */
  readonly context: Readonly<Record<string, string>>;
}

const listOf = (given: unknown): unknown[] => (Array.isArray(given) ? given : [given]);

const like = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(text);

function filledIn(text: string, { context }: PolicyRequest, version: string): string {
  if (version !== '2012-10-17') return text;
  return text.replaceAll(/\$\{([^}]+)\}/g, (_whole, name: string) => context[name.toLowerCase()] ?? '(none)');
}

function isNamed(given: unknown, { principal: { kind, name } }: PolicyRequest): boolean {
  if (given === '*') return true;
  const root = (text: string) => /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/.exec(text)?.[1] ?? text;
  return Object.entries(given as object).some(([of, names]) =>
    listOf(names).some((one) => (of === 'AWS' && one === '*') || (of === kind && root(String(one)) === root(name))),
  );
}

function holds(operator: string, values: readonly string[], value: string | undefined): boolean {
  const any = (test: (given: string) => boolean) => value !== undefined && values.some(test);
  switch (operator) {
    case 'StringEquals':
    case 'Bool':
      return any((given) => given === value);
    case 'StringNotEquals':
      return !any((given) => given === value);
    case 'Null':
      return values.includes(String(value === undefined));
    case 'NumericLessThan':
      return any((given) => Number(value) < Number(given));
    case 'ForAnyValue:StringLike':
      return any((given) => like(given, value ?? ''));
    default:
      throw new Error(operator);
  }
}

function applies(statement: Statement, request: PolicyRequest, version: string): boolean {
  const { Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  const does = (given: unknown) =>
    listOf(given).some((one) => like(String(one).toLowerCase(), request.action.toLowerCase()));
  const isOf = (given: unknown) =>
    listOf(given).some((one) => like(filledIn(String(one), request, version), request.resource));
  const passes = Object.entries(Condition as object).every(([operator, tests]) =>
    Object.entries(tests as object).every(([key, values]) => {
      const given = listOf(values).map((one) => filledIn(String(one), request, version));
      return holds(operator, given, request.context[key.toLowerCase()]);
    }),
  );
  return (
    passes &&
    (Principal === undefined ? !isNamed(NotPrincipal, request) : isNamed(Principal, request)) &&
    (Action === undefined ? !does(NotAction) : does(Action)) &&
    (Resource === undefined ? !isOf(NotResource) : isOf(Resource))
  );
}

/** Whether a policy allows a request, denies it, or says nothing of it. */
export function decision({ Statement, Version = '2008-10-17' }: Policy, request: PolicyRequest): string {
  const said = ([Statement].flat() as Statement[]).filter((one) => applies(one, request, Version));
  if (said.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return said.some(({ Effect }) => Effect === 'Allow') ? 'allowed' : 'unsaid';
}

const principals = [
  { kind: 'AWS', name: '111122223333' },
  { kind: 'AWS', name: '444455556666' },
  { kind: 'AWS', name: 'arn:aws:iam::111122223333:role/App' },
  { kind: 'AWS', name: 'arn:aws:iam::111122223333:role/app' },
  { kind: 'AWS', name: 'AROAEXAMPLE' },
  { kind: 'Service', name: 'logs.amazonaws.com' },
];
const contexts = [
  {},
  { 'kms:viaservice': 'a', 'aws:principalorgid': 'o-1', 'aws:multifactorauthpresent': 'true', 'aws:userid': 'a' },
  { 'kms:viaservice': 'A', 'kms:encryptioncontext:stage': '10', 'aws:multifactorauthpresent': 'false' },
  { 'aws:principalorgid': '5', 'kms:encryptioncontext:stage': 'true', 'aws:principaltag/k': 'mrk-1' },
];

export const everyRequest: readonly PolicyRequest[] = principals.flatMap((principal) =>
  ['kms:Encrypt', 'kms:Decrypt', 'kms:Sign', 'kms:GenerateDataKey'].flatMap((action) =>
    ['arn:aws:kms:x:111122223333:key/mrk-1', 'arn:aws:kms:x:444455556666:key/mrk-2'].flatMap((resource) =>
      contexts.map((context) => ({ principal, action, resource, context })),
    ),
  ),
);
