import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/**
 * The attackers of `npm run bench:health`, a process of their own, so that what they do does not hold up who measures. Each
 * kind goes on, over and over, until the process is killed. `GET /` answers what has come back so far.
 */
const url = new URL(process.env.ATTACKED ?? '');
const { operators, viewer } = JSON.parse(process.env.ATTACKERS ?? '') as { operators: string[]; viewer: string };
const [KiB, MiB] = [1024, 1024 * 1024];
const streamsEach = 250;
const uploadsEach = 15;
const pauseMs = 20;

/** How often each kind was answered, by status; `streams`: open now. */
const seen: Record<string, Record<string, number>> = {};
function note(kind: string, status: number | string): void {
  seen[kind] = { ...seen[kind], [status]: (seen[kind]?.[status] ?? 0) + 1 };
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

async function post(kind: string, token: string, body: Uint8Array, headers: Record<string, string> = {}) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const sent = request(
    new URL('/v1/plans', url),
    {
      ...{ method: 'POST', agent },
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': body.length,
        ...headers,
      },
    },
    (response) => {
      note(kind, response.statusCode ?? 0);
      response.resume().on('close', resolve);
    },
  );
  sent.on('error', () => {
    note(kind, 'lost');
    resolve();
  });
  sent.end(body);
  await promise;
}

async function overAndOver(atOnce: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (;;) {
        await work();
        await wait(pauseMs);
      }
    }),
  );
}

/** Packed as well as the API lets it be: a third of it is random, the rest of it is the same letter. */
function inflating(size: number): Buffer {
  const keys = Array.from(
    { length: Math.floor(size / 1_000) },
    () => randomBytes(64).toString('hex') + 'x'.repeat(870),
  );
  return gzipSync(JSON.stringify({ name: 'x', keys, regions: ['eu-west-1'] }));
}
const packed = { 'content-encoding': 'gzip' };
const large = inflating(31 * MiB);
const bomb = gzipSync(Buffer.alloc(256 * MiB, ' '));
const plain = Buffer.from(
  JSON.stringify({
    name: 'x',
    keys: Array.from({ length: 600_000 }, () => randomBytes(16).toString('hex')),
    regions: ['x'],
  }),
);
const mistyped = Buffer.from(
  JSON.stringify({ name: 'x', keys: ['mrk-1'], regions: Array.from({ length: 300_000 }, (_, n) => `eu-wset-${n}`) }),
);
const nested = Buffer.from(`${'['.repeat(100 * KiB)}${']'.repeat(100 * KiB)}`);

const [first = '', second = '', third = ''] = operators;
function follow(token: string): void {
  const stream = request(new URL('/v1/events', url), { headers: { authorization: `Bearer ${token}` } }, (response) => {
    note('event streams', response.statusCode ?? 0);
    response.resume().on('close', () => setTimeout(follow, 1_000, token));
  });
  stream.on('error', () => setTimeout(follow, 1_000, token));
  stream.end();
}
function uploadSlowly(token: string): void {
  const socket = connect(Number(url.port), url.hostname);
  socket.on('error', () => undefined).on('data', () => note('slow uploads', 'answered'));
  note('slow uploads', 'begun');
  socket.write(
    `POST /v1/plans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n` +
      'Content-Length: 100000\r\n\r\n{',
  );
  const every = setInterval(() => socket.write(' '), 50);
  socket.on('close', () => {
    clearInterval(every);
    setTimeout(uploadSlowly, 1_000, token);
  });
}

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(seen));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
for (const token of operators) {
  for (let n = 0; n < streamsEach; n += 1) follow(token);
  for (let n = 0; n < uploadsEach; n += 1) uploadSlowly(token);
}
void overAndOver(2, () => post('31 MiB packed', first, large, packed));
void overAndOver(2, () => post('256 MiB packed into 256 KiB', first, bomb, packed));
void overAndOver(2, () => post('20 MiB of 600,000 keys', second, plain));
void overAndOver(3, () => post('300,000 mistyped Regions', third, mistyped));
void overAndOver(2, () => post('100,000 brackets', third, nested));
void overAndOver(5, () => post('refused: a role that may not', viewer, Buffer.from('{}')));
void overAndOver(5, () => post('refused: no token that works', 'kfy_none', Buffer.from('{}')));
process.stdout.write(`{"attackers":"http://127.0.0.1:${(server.address() as AddressInfo).port}"}\n`);
