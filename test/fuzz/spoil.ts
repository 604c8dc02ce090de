import type { Dice } from '../chaos/scenario/dice.ts';

/** Texts that programs have stumbled over: control and joining characters, half a surrogate, what looks like something else. */
export const oddTexts = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202e\u2066abc',
  'Ａｄｍｉｎ',
  '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🔑',
  'e\u0301'.repeat(50),
  '__proto__',
  'constructor',
  '../../etc/passwd',
  "'; DROP TABLE plans; --",
  '%00%0a%0d',
  '{{7*7}}',
  '-1',
  '1e400',
  'NaN',
  '2026-13-45T99:99:99Z',
  'arn:aws:kms:::key/',
  'group:',
  'x'.repeat(70_000),
] as const;

/** Nested deeper than recursion carries far. */
const deep = Array.from({ length: 1_500 }).reduce<unknown>((inner) => ({ a: [inner] }), 1);

const oddValues: readonly unknown[] = [
  deep,
  null,
  true,
  -1,
  0.1,
  1e308,
  Number.MAX_SAFE_INTEGER + 1,
  [],
  {},
  [[]],
  [null],
  { '': '' },
  ...oddTexts,
];

/** A copy of a JSON value with one to three things in it changed, taken away, doubled or added. */
export function spoil(value: unknown, dice: Dice): unknown {
  let spoiled = value;
  for (let times = dice.between(1, 3); times > 0; times -= 1) spoiled = spoilOnce(spoiled, dice);
  return spoiled;
}

function spoilOnce(value: unknown, dice: Dice): unknown {
  if (typeof value !== 'object' || value === null || dice.chance(0.15)) return dice.pick(oddValues);
  if (Array.isArray(value)) {
    if (value.length === 0 || dice.chance(0.2)) return [...value, dice.pick(oddValues)];
    if (dice.chance(0.1)) return Array.from({ length: 200 }, () => value[0]);
    const at = dice.between(0, value.length - 1);
    return value.map((item, i) => (i === at ? spoilOnce(item, dice) : item));
  }
  const fields = Object.entries(value);
  if (fields.length === 0 || dice.chance(0.25)) {
    // Not by assignment, which would set the prototype.
    return Object.fromEntries([...fields, [dice.pick(oddTexts), dice.pick(oddValues)]]);
  }
  const at = dice.between(0, fields.length - 1);
  if (dice.chance(0.15)) return Object.fromEntries(fields.filter((_field, i) => i !== at));
  return Object.fromEntries(fields.map(([name, field], i) => [name, i === at ? spoilOnce(field, dice) : field]));
}

/** JSON as bytes that are often none any more. */
export function spoilBytes(json: string, dice: Dice): Uint8Array | string {
  switch (dice.between(0, 7)) {
    case 0:
      return json.slice(0, dice.between(0, json.length));
    case 1:
      return Buffer.concat([
        Buffer.from(json.slice(0, 5)),
        Buffer.from([0xc3, 0x28, 0xff]),
        Buffer.from(json.slice(5)),
      ]);
    case 2:
      return `\u{feff}${json}`;
    case 3:
      return json.replace('{', '{"name":"twice","__proto__":{"admin":true},');
    case 4:
      return `${'['.repeat(3_000)}${']'.repeat(3_000)}`;
    case 5:
      return `{"a":${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}}`;
    case 6:
      return json.replace(/\d+/, '1e400').replace(/true|false/, 'undefined');
    default:
      return dice.pick(['', '\u0000', 'null', '"text"', '0', '[]', '{}{}', '<xml/>']);
  }
}
