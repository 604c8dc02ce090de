import { inSentence } from '../text/listed.ts';

/** What one statement of a key policy says. */
export interface StatementInWords {
  readonly text: string;
  /** It gives something to everybody or to everybody but a few, or it is not understood. */
  readonly warns: boolean;
}

/**
 * A key policy as sentences, one a statement: who may or may not do what, and on which condition. A statement that is not
 * understood stands as it is written. Names are not made visible here.
 */
export function policyInWords(policy: unknown): StatementInWords[] {
  const statements = isObject(policy) ? policy.Statement : undefined;
  if (statements === undefined) return [{ text: `Not understood: ${JSON.stringify(policy)}`, warns: true }];
  return [statements].flat().map(statementInWords);
}

const understood = new Set([
  ...['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
]);

function statementInWords(statement: unknown): StatementInWords {
  if (!isObject(statement) || (statement.Effect !== 'Allow' && statement.Effect !== 'Deny')) {
    return { text: `Not understood: ${JSON.stringify(statement)}`, warns: true };
  }
  const { Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition } = statement;
  const allows = Effect === 'Allow';
  const whom = principals(NotPrincipal === undefined ? Principal : NotPrincipal);
  const anyone = NotPrincipal !== undefined || whom.anyone;
  // The one word that must not be overlooked.
  const who = (NotPrincipal === undefined ? whom.text : `anyone but ${whom.text}`).replace(
    /^anyone/,
    allows ? 'ANYONE' : 'anyone',
  );
  const what = NotAction === undefined ? listText(Action) : `everything but ${listText(NotAction)}`;
  const where =
    NotResource !== undefined
      ? `, on everything but ${listText(NotResource)}`
      : Resource === undefined || Resource === '*'
        ? ''
        : `, on ${listText(Resource)}`;
  const rest = Object.keys(statement).filter((name) => !understood.has(name));
  const text = [
    `${allows ? 'Allows' : 'Denies'} ${who}: ${what}${where}`,
    Condition === undefined
      ? allows && anyone
        ? ', without a condition'
        : ''
      : `, only if ${conditionText(Condition)}`,
    ...rest.map((name) => `; not understood: ${name} ${JSON.stringify(statement[name])}`),
    typeof Sid === 'string' && Sid !== '' ? ` [${Sid}]` : '',
  ].join('');
  return { text, warns: (allows && anyone) || rest.length > 0 };
}

const kinds: Readonly<Record<string, string>> = {
  AWS: '',
  Service: 'the service ',
  Federated: 'the identity provider ',
  CanonicalUser: 'the canonical user ',
};

/** Who is named. `{ "AWS": "*" }` and `"*"` are the same. Source: IAM user guide, the Principal element. */
function principals(given: unknown): { text: string; anyone: boolean } {
  if (given === '*') return { text: 'anyone (Principal "*")', anyone: true };
  if (!isObject(given))
    return { text: given === undefined ? 'no principal named' : JSON.stringify(given), anyone: false };
  const named = Object.entries(given)
    .flatMap(([kind, names]) => [names].flat().map((name) => principal(kind, name)))
    .sort((a, b) => Number(b.anyone) - Number(a.anyone));
  return { text: inSentence(named.map(({ text }) => text)), anyone: named.some(({ anyone }) => anyone) };
}

function principal(kind: string, name: unknown): { text: string; anyone: boolean } {
  if (typeof name !== 'string') return { text: `${kind} ${JSON.stringify(name)}`, anyone: false };
  if (name === '*') return { text: kind === 'AWS' ? 'anyone ("*")' : `anyone (${kind} "*")`, anyone: true };
  const account = /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1];
  if (kind === 'AWS' && account !== undefined) return { text: `the account ${account}`, anyone: false };
  return { text: `${kinds[kind] ?? `${kind} `}${name}`, anyone: false };
}

/** `StringEquals aws:PrincipalOrgID is o-1`, one test after another. */
function conditionText(condition: unknown): string {
  if (!isObject(condition)) return JSON.stringify(condition);
  const tests = Object.entries(condition).flatMap(([operator, keys]) =>
    isObject(keys)
      ? Object.entries(keys).map(([key, values]) => `${operator} ${key} ${listText(values, ' or ')}`)
      : [`${operator} ${JSON.stringify(keys)}`],
  );
  return tests.join(' and ');
}

function listText(given: unknown, between = ', '): string {
  if (given === undefined) return 'nothing named';
  return [given]
    .flat()
    .map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
    .join(between);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
