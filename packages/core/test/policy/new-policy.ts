// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables are written so
import fc from 'fast-check';

/** Policies as people and AWS write them, and the ways to write one otherwise, for tests to draw from. */

export type Statement = Record<string, unknown>;
export interface Policy {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: Statement | readonly Statement[];
}

const oneOrMore = <T>(values: fc.Arbitrary<T>) =>
  fc.oneof(values, fc.array(values, { minLength: 1, maxLength: 4 })) as fc.Arbitrary<T | T[]>;

const names = {
  AWS: fc.constantFrom(
    '111122223333',
    'arn:aws:iam::111122223333:root',
    '444455556666',
    'arn:aws:iam::444455556666:root',
    'arn:aws:iam::111122223333:role/App',
    'arn:aws:iam::111122223333:role/app',
    'AROAEXAMPLE',
    '*',
  ),
  Service: fc.constantFrom('logs.amazonaws.com', 'dynamodb.amazonaws.com'),
};
const principal = fc.oneof(
  fc.constant('*'),
  fc.record({ AWS: oneOrMore(names.AWS) }),
  fc.record({ Service: oneOrMore(names.Service) }),
  fc.record({ AWS: oneOrMore(names.AWS), Service: oneOrMore(names.Service) }),
);
const actions = oneOrMore(fc.constantFrom('kms:*', 'kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey*', 'kms:Sign'));
const resources = oneOrMore(
  fc.constantFrom('*', 'arn:aws:kms:*:111122223333:key/*', 'arn:aws:kms:*:*:key/${aws:PrincipalTag/k}'),
);
const values = oneOrMore(
  fc.constantFrom<unknown>('true', true, 'false', false, 10, '10', 'a', 'A', 'o-1', '${aws:userid}'),
);
const tests = fc.dictionary(
  fc.constantFrom('kms:ViaService', 'aws:PrincipalOrgID', 'kms:EncryptionContext:Stage', 'aws:MultiFactorAuthPresent'),
  values,
  { minKeys: 1, maxKeys: 3 },
);
const condition = fc.dictionary(
  fc.constantFrom('StringEquals', 'StringNotEquals', 'Bool', 'Null', 'NumericLessThan', 'ForAnyValue:StringLike'),
  tests,
  { minKeys: 1, maxKeys: 3 },
);

const either = (name: string, value: fc.Arbitrary<unknown>) =>
  fc.tuple(fc.constantFrom(name, name, name, `Not${name}`), value).map(([key, given]) => ({ [key]: given }));

export const someStatement: fc.Arbitrary<Statement> = fc
  .tuple(
    fc.constantFrom('Allow', 'Deny'),
    either('Principal', principal),
    either('Action', actions),
    either('Resource', resources),
    fc.option(condition, { nil: undefined, freq: 1 }),
    fc.option(fc.constantFrom('one', 'two'), { nil: undefined }),
  )
  .map(([Effect, who, what, where, Condition, Sid]) => ({
    ...(Sid === undefined ? {} : { Sid }),
    Effect,
    ...who,
    ...what,
    ...where,
    ...(Condition === undefined ? {} : { Condition }),
  }));

export const somePolicy: fc.Arbitrary<Policy> = fc.record(
  {
    Version: fc.constantFrom('2012-10-17', '2008-10-17'),
    Id: fc.constantFrom('key-default-1', 'mine'),
    Statement: oneOrMore(someStatement),
  },
  { requiredKeys: ['Statement'] },
);

/** A draw of numbers from 0 to below 1, without end. */
export type Draw = () => number;

export const someDraw: fc.Arbitrary<Draw> = fc
  .infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
  .map((stream) => () => stream.next().value as number);

const listOf = <T>(given: T | readonly T[]): T[] => (Array.isArray(given) ? [...given] : [given as T]);

function shuffled<T>(given: readonly T[], draw: Draw): T[] {
  return given
    .map((one) => [draw(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
}

/** The same values in another order, some twice, one alone without its list, each perhaps written otherwise. */
function rewrittenList(given: unknown, draw: Draw, rewrite: (one: unknown) => unknown = (one) => one): unknown {
  const list = shuffled(listOf(given), draw);
  const more = draw() < 0.3 ? [...list, list[0]] : list;
  const written = more.map((one) => (draw() < 0.5 ? rewrite(one) : one));
  return written.length === 1 && draw() < 0.5 ? written[0] : written;
}

const anyCase = (text: string, draw: Draw) =>
  [...text].map((letter) => (draw() < 0.5 ? letter.toLowerCase() : letter.toUpperCase())).join('');

function otherId(one: unknown): unknown {
  const id = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/.exec(String(one))?.[1];
  if (id === undefined) return one;
  return one === id ? `arn:aws:iam::${id}:root` : id;
}

const asText = (one: unknown) => (typeof one === 'string' ? one : String(one));

function rewrittenPrincipal(given: unknown, draw: Draw): unknown {
  const byKind = given === '*' && draw() < 0.5 ? { AWS: '*' } : given;
  if (typeof byKind === 'string') return byKind;
  const entries = shuffled(Object.entries(byKind as object), draw).map(([kind, of]) => {
    return [kind, rewrittenList(of, draw, kind === 'AWS' ? otherId : undefined)];
  });
  const one = Object.fromEntries(entries);
  return Object.keys(one).length === 1 && one.AWS === '*' && draw() < 0.5 ? '*' : one;
}

function rewrittenCondition(given: object, draw: Draw): unknown {
  const operators = shuffled(Object.entries(given), draw).map(([operator, of]) => {
    const keys = shuffled(Object.entries(of as object), draw).map(([key, value]) => {
      return [draw() < 0.5 ? anyCase(key, draw) : key, rewrittenList(value, draw, asText)];
    });
    return [operator, Object.fromEntries(keys)];
  });
  return Object.fromEntries(operators);
}

function rewrittenStatement(given: Statement, draw: Draw): Statement {
  const written: Record<string, (of: unknown) => unknown> = {
    Principal: (of) => rewrittenPrincipal(of, draw),
    Action: (of) => rewrittenList(of, draw, (one) => anyCase(String(one), draw)),
    Resource: (of) => rewrittenList(of, draw),
    Condition: (of) => rewrittenCondition(of as object, draw),
  };
  const entries = shuffled(Object.entries(given), draw)
    .filter(([name]) => name !== 'Sid' || draw() < 0.5)
    .map(([name, of]) => [name, written[name.replace(/^Not/, '')]?.(of) ?? of]);
  return { ...(draw() < 0.3 ? { Sid: 'another' } : {}), ...Object.fromEntries(entries) };
}

/** Statements that say together what one says, one for each of its actions. */
function split(given: Statement, draw: Draw): Statement[] {
  if (given.Action === undefined || draw() < 0.7) return [given];
  return listOf(given.Action).map((Action) => ({ ...given, Action }));
}

/** The same policy written otherwise. */
export function rewritten(given: Policy, draw: Draw): Policy {
  const statements = shuffled(listOf<Statement>(given.Statement), draw)
    .flatMap((one) => split(one, draw))
    .map((one) => rewrittenStatement(one, draw));
  const more = draw() < 0.3 ? [...statements, ...statements.slice(0, 1)] : statements;
  const { Id: _id, ...rest } = given;
  const version = rest.Version === '2008-10-17' && draw() < 0.5 ? { Version: undefined } : {};
  const written = { ...rest, ...(draw() < 0.5 ? { Id: 'other' } : {}), ...version, Statement: more };
  return JSON.parse(JSON.stringify(more.length === 1 && draw() < 0.5 ? { ...written, Statement: more[0] } : written));
}
