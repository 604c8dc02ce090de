/**
 * What a key policy says, as a set: one entry for each principal, action and resource that a statement names, with its
 * effect and its condition. A statement applies where one of its principals, one of its actions and one of its resources
 * match, so that splitting, merging, repeating and reordering statements and lists changes nothing in the set.
 * `NotPrincipal`, `NotAction` and `NotResource` exclude all that they list at once and stay whole.
 * Source: IAM user guide, policy elements and grammar.
 */

/** One statement as it is written, and what it says. */
export interface PolicyStatement {
  readonly given: unknown;
  readonly grants: readonly string[];
}

/** A statement that would say more than this is kept whole: two of them are the same only with the same lists. */
const maxGrants = 4_096;

type Json = string | readonly Json[] | { readonly other: string };

/**
 * The statements of a policy document with what each says; `partition` (`aws`, `aws-cn` …) is that of the key, in which an
 * account id means its root user. A document that is none says itself.
 */
export function policyStatements(policy: unknown, partition: string): PolicyStatement[] {
  if (!isObject(policy) || !('Statement' in policy))
    return [{ given: policy, grants: [text({ other: ordered(policy) })] }];
  const { Version: version = '2008-10-17', Id: _id, Statement: statements, ...rest } = policy;
  const unknown = Object.entries(rest).map(([name, value]) => {
    return { given: { [name]: value }, grants: [text([name, { other: ordered(value) }])] };
  });
  const given = Array.isArray(statements) ? statements : [statements];
  return [...given.map((one) => ({ given: one, grants: grantsOf(one, scalar(version), partition) })), ...unknown];
}

function grantsOf(statement: unknown, version: Json, partition: string): string[] {
  if (!isObject(statement)) return [text({ other: ordered(statement) })];
  const { Sid: _sid, Effect: effect, Condition: condition, ...elements } = statement;
  const readAs = { Action: action, Resource: scalar, Principal: (of: unknown) => scalar(of) };
  const lists: Json[][] = [];
  const whole: Json[] = [];
  for (const [name, value] of Object.entries(elements)) {
    const about = name.replace(/^Not/, '') as keyof typeof readAs;
    const values =
      about === 'Principal' ? principals(value, partition) : about in readAs ? set(value, readAs[about]) : null;
    if (values === null) whole.push([name, { other: ordered(value) }]);
    else if (name === about) lists.push(values.map((one) => [name, one]));
    else whole.push([name, values]);
  }
  // Policy variables count from version 2012-10-17 on; before it they are the text that they are.
  const variables = JSON.stringify([elements, condition]).includes('${') ? [version] : [];
  const common = [scalar(effect), conditions(condition), sorted(whole), variables];
  const count = lists.reduce((product, list) => product * list.length, 1);
  const ways = count > maxGrants ? [sorted(lists.map((list) => list as Json))] : product(lists);
  return ways.map((way) => text([...common, sorted(way)]));
}

/** Each way to take one of every list. */
function product(lists: readonly Json[][]): Json[][] {
  return lists.reduce<Json[][]>((ways, list) => ways.flatMap((way) => list.map((one) => [...way, one])), [[]]);
}

/** `"*"` is `{ "AWS": "*" }`, and an account id is its root user. Source: IAM user guide, the Principal element. */
function principals(given: unknown, partition: string): Json[] {
  const byKind = given === '*' ? { AWS: '*' } : given;
  if (!isObject(byKind)) return [{ other: ordered(given) }];
  const account = (one: unknown): Json => {
    const name = scalar(one);
    return typeof name === 'string' && /^\d{12}$/.test(name) ? `arn:${partition}:iam::${name}:root` : name;
  };
  const all = Object.entries(byKind).flatMap(([kind, names]) => {
    return set(names, kind === 'AWS' ? account : scalar).map((name): Json => [kind, name]);
  });
  return all.length > 0 ? sorted(all) : [[]];
}

/** Names of condition keys are read in any case, their values as they are. Source: IAM user guide, the Condition element. */
function conditions(given: unknown): Json {
  if (given === undefined) return [];
  if (!isObject(given)) return { other: ordered(given) };
  return sorted(
    Object.entries(given).map(([operator, tests]): Json => {
      if (!isObject(tests)) return [operator, { other: ordered(tests) }];
      const read = Object.entries(tests).map(([key, values]): Json => [lowerCase(key), set(values, scalar)]);
      return [operator, sorted(read)];
    }),
  );
}

/** A value or a list of values, each once; an empty list is one of its own, since it is not as if nothing were said. */
function set(given: unknown, read: (one: unknown) => Json): Json[] {
  const list = Array.isArray(given) ? given : [given];
  return list.length === 0 ? [[]] : sorted(list.map(read));
}

function action(one: unknown): Json {
  const name = scalar(one);
  return typeof name === 'string' ? lowerCase(name) : name;
}

/** Numbers and booleans may be written as strings. */
function scalar(one: unknown): Json {
  if (typeof one === 'string') return one;
  return typeof one === 'number' || typeof one === 'boolean' ? String(one) : { other: ordered(one) };
}

/** Of ASCII letters only: no other character becomes one. */
const lowerCase = (name: string): string => name.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

function sorted(values: readonly Json[]): Json[] {
  const byText = new Map(values.map((value) => [text(value), value]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

const text = (value: Json): string => JSON.stringify(value);

/** JSON with the fields of every object in one order. */
function ordered(value: unknown): string {
  return (
    JSON.stringify(value, (_name, inner: unknown) =>
      isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
    ) ?? 'undefined'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
