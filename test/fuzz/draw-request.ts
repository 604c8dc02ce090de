import type { Dice } from '../chaos/scenario/dice.ts';
import { drawValue, type Schema } from './draw-value.ts';
import { oddTexts, spoil, spoilBytes } from './spoil.ts';

/** The parts of an OpenAPI document that requests are drawn from. */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

/** A request as it goes on the wire. */
export interface DrawnRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | null;
}

/** Draws one request: any operation, mostly near to what it takes, then spoiled. `ids`: of things that are there. */
export function drawRequest(document: Description, ids: readonly string[], dice: Dice): DrawnRequest {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
  const { path, method, operation } = dice.pick(operations);
  const resolve = (ref: string): Schema => document.components.schemas[ref.split('/').at(-1) ?? ''] ?? {};
  const value = (schema: Schema) => drawValue(schema, dice, resolve);
  const parameters = operation.parameters ?? [];
  const filled = path.replaceAll(/\{\w+\}/g, () => pathPart(ids, dice));
  const headers = parameters
    .filter((one) => one.in === 'header' && dice.chance(0.3))
    .map(({ name, schema }) => [name, headerText(dice.chance(0.5) ? value(schema) : dice.pick(oddTexts))]);
  const content = dice.pick(Object.entries(operation.requestBody?.content ?? { '': { schema: {} } }));
  const { type, body } = drawBody(content, value, dice);
  return {
    method: dice.chance(0.03) ? dice.pick(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) : method.toUpperCase(),
    path: filled + drawQuery(parameters, value, dice),
    headers: Object.fromEntries([...headers, ...(type === null ? [] : [['content-type', type]])]),
    body,
  };
}

function pathPart(ids: readonly string[], dice: Dice): string {
  if (dice.chance(0.6)) return encodeURIComponent(dice.pick(ids));
  return dice.pick([
    '00000000-0000-0000-0000-000000000000',
    '..%2f..%2fv1%2fplans',
    '%00',
    '%ff',
    '%',
    '%E0%A4%A',
    'x'.repeat(6_000),
    '__proto__',
    encodeURIComponent('𝔘🔑'),
  ]);
}

function drawQuery(parameters: Operation['parameters'], value: (schema: Schema) => unknown, dice: Dice): string {
  const pairs = (parameters ?? [])
    .filter((one) => one.in === 'query' && dice.chance(0.4))
    .map(({ name, schema }) => {
      const text = dice.chance(0.6) ? String(value(schema)) : dice.pick(oddTexts).slice(0, 4_000);
      return `${name}=${encodeURIComponent(text.toWellFormed())}`;
    });
  if (dice.chance(0.15))
    pairs.push(dice.pick(['__proto__[x]=1', 'limit=5&limit=6', 'cursor=%ff', 'x=%', '=', '&&&', 'a'.repeat(3_000)]));
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

function drawBody(
  [contentType, { schema }]: [string, { readonly schema: Schema }],
  value: (schema: Schema) => unknown,
  dice: Dice,
): { type: string | null; body: Uint8Array | string | null } {
  if (contentType === '')
    return dice.chance(0.9) ? { type: null, body: null } : { type: 'application/json', body: '{"x":1}' };
  if (contentType !== 'application/json')
    return { type: typeFor(contentType, dice), body: drawRows(contentType, dice) };
  const drawn = value(schema);
  const json = JSON.stringify(dice.chance(0.7) ? spoil(drawn, dice) : drawn);
  return { type: typeFor(contentType, dice), body: dice.chance(0.2) ? spoilBytes(json, dice) : json };
}

function typeFor(contentType: string, dice: Dice): string {
  const boundary = contentType === 'multipart/form-data' && dice.chance(0.9) ? '; boundary=x' : '';
  if (dice.chance(0.9)) return `${contentType}${boundary}`;
  return dice.pick([
    'text/plain',
    'application/json; charset=utf-7',
    'a/b/c',
    'multipart/form-data',
    ';',
    'text/csv; charset=latin1',
  ]);
}

/** A manifest, or a form with one, of which some lines are wrong and which may break off. */
function drawRows(contentType: string, dice: Dice): Uint8Array | string {
  const cells = [
    'mrk-1234567890abcdef1234567890abcdef',
    'eu-west-1',
    '{alias}-dr',
    'tier=1',
    '',
    '"',
    '"a\nb"',
    ...oddTexts,
  ];
  const row = () =>
    contentType === 'application/x-ndjson'
      ? JSON.stringify(spoil({ key: 'mrk-1', region: 'eu-west-1', tags: { tier: '1' } }, dice))
      : Array.from({ length: dice.between(1, 6) }, () => dice.pick(cells)).join(dice.pick([',', ',', ';']));
  const rows = Array.from({ length: dice.between(0, 5) }, row).join(dice.pick(['\n', '\r\n', '\r']));
  if (contentType !== 'multipart/form-data') return dice.chance(0.1) ? spoilBytes(rows, dice) : rows;
  const part = (name: string, text: string) =>
    `--x\r\nContent-Disposition: form-data; name="${name}"${dice.pick(['', '; filename="a.csv"'])}\r\n\r\n${text}\r\n`;
  const spec = JSON.stringify(spoil({ name: 'x', mode: 'preview', regions: ['eu-west-1'] }, dice));
  const form = [part(dice.pick(['spec', 'spec', '', '__proto__']), spec), part('manifest', rows), '--x--\r\n'];
  const whole = dice.some(form, dice.between(1, 3)).join('');
  return dice.chance(0.3) ? whole.slice(0, dice.between(0, whole.length)) : whole;
}

/** Header values are printable Latin-1 on the wire: the client refuses others by itself. */
function headerText(value: unknown): string {
  return String(value)
    .replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '?')
    .slice(0, 4_000);
}
