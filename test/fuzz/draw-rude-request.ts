import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import type { Dice } from '../chaos/scenario/dice.ts';

/** A request as bytes, for a client that keeps to no rule. */
export interface RudeRequest {
  /** As the OpenAPI document names it. */
  readonly operation: string;
  readonly kind: string;
  /** It may break off before its end: the API waits for more, and answers only when that is late. */
  readonly mayStop: boolean;
  /** Sent one after the other, with a moment between them. */
  readonly parts: readonly Uint8Array[];
}

const [KiB, MiB] = [1024, 1024 * 1024];
const plan = JSON.stringify({ name: 'x', mode: 'preview', keys: ['mrk-1'], regions: ['eu-west-1'] });
const bytes = (text: string) => Buffer.from(text, 'latin1');
const spaces = Buffer.alloc(64 * MiB, ' ');
const packed = {
  gzip: (body: Uint8Array) => gzipSync(body, { level: 1 }),
  deflate: (body: Uint8Array) => deflateSync(body, { level: 1 }),
  br: (body: Uint8Array) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
};
const encodings = Object.keys(packed) as (keyof typeof packed)[];
/** Each becomes 64 MiB. */
const bombs = Object.fromEntries(encodings.map((encoding) => [encoding, packed[encoding](spaces)]));

/** `{id}` is of something that is there. */
const takers = ['POST /v1/plans', 'PATCH /v1/plans/{id}', 'PUT /v1/region-groups/{name}', 'POST /v1/plans/{id}/retry'];
const others = ['GET /v1/plans', 'GET /v1/me', 'POST /v1/plans/{id}/pause', 'GET /healthz'];

/** Draws one request of a kind: packed or huge bodies, lengths that are wrong, heads that are too long, bodies that stop. */
export function drawRudeRequest(token: string, id: string, dice: Dice): RudeRequest {
  const kind = dice.pick(Object.keys(kinds));
  const operation = dice.pick(dice.chance(0.8) ? takers : others);
  const [method = '', path = ''] = operation.split(' ');
  const target = path.replace('{id}', id).replace('{name}', 'eu');
  const head = (headers: readonly string[], query = '') =>
    bytes(
      [
        `${method} ${target}${query} HTTP/1.1`,
        'Host: keyferry',
        `Authorization: Bearer ${token}`,
        'Content-Type: application/json',
        ...headers,
        '\r\n',
      ].join('\r\n'),
    );
  return { operation, kind, mayStop: stopping.includes(kind), parts: kinds[kind]?.(head, dice) ?? [] };
}

const stopping = ['a wrong length', 'chunks that stop', 'broken chunks', 'half a head'];
type Head = (headers: readonly string[], query?: string) => Uint8Array;

const kinds: Readonly<Record<string, (head: Head, dice: Dice) => readonly Uint8Array[]>> = {
  packed: (head, dice) => {
    const encoding = dice.pick(encodings);
    const body = packed[encoding](bytes(plan));
    return [head([`Content-Encoding: ${encoding}`, `Content-Length: ${body.length}`]), body];
  },
  bomb: (head, dice) => {
    const encoding = dice.pick(encodings);
    const body = bombs[encoding] ?? spaces;
    return [head([`Content-Encoding: ${encoding}`, `Content-Length: ${body.length}`]), body];
  },
  'packed, of no length': (head, dice) => {
    const encoding = dice.pick(encodings);
    const body = dice.chance(0.5) ? packed[encoding](bytes(plan)) : (bombs[encoding] ?? spaces);
    return [head([`Content-Encoding: ${encoding}`, 'Transfer-Encoding: chunked']), chunk(body), bytes('0\r\n\r\n')];
  },
  'not packed as it says': (head, dice) => {
    const encoding = dice.pick([...encodings, 'zstd', 'gzip, gzip', 'x', '%00']);
    return [head([`Content-Encoding: ${encoding}`, `Content-Length: ${plan.length}`]), bytes(plan)];
  },
  'a packed body that breaks off': (head, dice) => {
    const encoding = dice.pick(encodings);
    const body = (bombs[encoding] ?? spaces).subarray(0, dice.between(1, KiB));
    return [head([`Content-Encoding: ${encoding}`, `Content-Length: ${body.length}`]), body];
  },
  huge: (head, dice) => {
    const size = dice.pick([300 * KiB, 2 * MiB, 33 * MiB]);
    const length = dice.chance(0.5) ? `Content-Length: ${size}` : 'Transfer-Encoding: chunked';
    const body = spaces.subarray(0, size);
    return [head([length]), ...(length.startsWith('C') ? [body] : [chunk(body), bytes('0\r\n\r\n')])];
  },
  'a wrong length': (head, dice) => {
    const length = dice.pick([
      '1',
      String(plan.length - 1),
      String(plan.length + 1),
      '99999999999',
      '-1',
      'x',
      '1, 2',
      '',
    ]);
    return [head([`Content-Length: ${length}`]), bytes(plan)];
  },
  'two lengths': (head, dice) => {
    const second = dice.pick([`Content-Length: ${plan.length - 1}`, 'Transfer-Encoding: chunked']);
    return [head([`Content-Length: ${plan.length}`, second]), bytes(plan)];
  },
  'chunks that stop': (head, dice) => [
    head(['Transfer-Encoding: chunked']),
    ...Array.from({ length: dice.between(0, 5) }, () => chunk(bytes(plan))),
  ],
  'broken chunks': (head, dice) => [
    head(['Transfer-Encoding: chunked']),
    bytes(
      dice.pick(['x\r\n', '-1\r\n', 'fffffffffffffffff\r\n', `5;${'x'.repeat(20 * KiB)}\r\n`, '5\r\nab', '\r\n\r\n']),
    ),
  ],
  'a long head': (head, dice) => [head(dice.chance(0.5) ? [`X: ${'x'.repeat(17 * KiB)}`] : Array(3_000).fill('X: y'))],
  'a long path': (head, dice) => [head([], `?q=${'x'.repeat(dice.pick([8, 17, 200]) * KiB)}`)],
  'half a head': (head, dice) => [head([]).subarray(0, dice.between(1, 60))],
  'no HTTP': (_head, dice) => [
    bytes(dice.pick(['\x16\x03\x01\x02\x00', 'GET\r\n\r\n', 'x'.repeat(KiB), '\0'.repeat(KiB)])),
  ],
  'a slow body': (head) => [head([`Content-Length: ${plan.length}`]), ...[...plan].map(bytes)],
};

function chunk(body: Uint8Array): Uint8Array {
  return Buffer.concat([bytes(`${body.length.toString(16)}\r\n`), body, bytes('\r\n')]);
}
