import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { openSender, type Sender } from './send.ts';
import { newSecret, signedHeaders } from './sign.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

type Received = { headers: IncomingMessage['headers']; body: string; path: string | undefined };

/** A receiver on loopback, and a sender that may reach it. */
async function receiver(answer: RequestListener, options: { timeoutMs?: number } = {}) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: (await request.toArray()).join(''), path: request.url });
    answer(request, response);
  });
  ends.push(() => server.close().closeAllConnections());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const rules = { hosts: [`127.0.0.1:${port}`], networks: ['127.0.0.1'] };
  const sender = openSender({ rules, ca: null, ...options });
  ends.push(() => sender.close());
  const secrets = [newSecret(), newSecret()];
  const url = `http://127.0.0.1:${port}/hook?key=1`;
  return { received, secrets, url, send: () => sender.send({ url, id: 'event-1', body: '{"a":"ü"}', secrets }) };
}

describe('what is sent', () => {
  it('is signed as Standard Webhooks publishes it', () => {
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' };
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
    expect(signedHeaders({ ...message, secrets }, new Date(1_614_265_330_000))['webhook-signature']).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('is verified by a library that we have not written, with either secret, and not when it was changed', async () => {
    const { received, secrets, send } = await receiver((_request, response) => response.end());
    expect(await send()).toMatchObject({ outcome: 'delivered', httpStatus: 200, error: null, answer: '' });
    const [{ headers, body, path } = { headers: {}, body: '', path: '' }] = received;
    expect([path, headers['content-type'], headers['webhook-id'], headers.connection]).toEqual([
      '/hook?key=1',
      'application/cloudevents+json; charset=utf-8',
      'event-1',
      'close',
    ]);
    const given = headers as Record<string, string>;
    for (const secret of secrets) expect(new Webhook(secret).verify(body, given)).toEqual({ a: 'ü' });
    expect(() => new Webhook(newSecret()).verify(body, given)).toThrow();
    expect(() => new Webhook(secrets[0] ?? '').verify('{"a":"u"}', given)).toThrow();
  });
});

describe('an answer', () => {
  it.each([
    [204, 'delivered', null],
    [410, 'gone', /410 Gone/],
    [400, 'refused', /Answered 400\./],
    [503, 'refused', /Answered 503\./],
  ])('%i means %s', async (status, outcome, error) => {
    const { send } = await receiver((_request, response) => response.writeHead(status).end());
    const sent = await send();
    expect(sent).toMatchObject({ outcome, httpStatus: status });
    if (error === null) expect(sent.error).toBeNull();
    else expect(sent.error).toMatch(error);
  });

  it('that redirects is a failure, and is not followed', async () => {
    const { received, send, url } = await receiver((_request, response) =>
      response.writeHead(307, { location: `${url}&again` }).end(),
    );
    expect(await send()).toMatchObject({ outcome: 'refused', error: 'Answered 307. Redirects are not followed.' });
    expect(received).toHaveLength(1);
  });

  it('without an end is read to its first KiB', async () => {
    let sent = 0;
    const { send } = await receiver((_request, response) => {
      response.writeHead(500);
      const more = () => {
        while (!response.destroyed && response.write('\0x'.repeat(8_192))) sent += 16_384;
      };
      response.on('drain', more);
      more();
    });
    const { answer, httpStatus } = await send();
    expect([httpStatus, answer]).toEqual([500, '\ufffdx'.repeat(512)]);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  it('that never comes, or never ends, is given up in time; a status that came counts', async () => {
    const silent = await receiver(() => undefined, { timeoutMs: 100 });
    expect(await silent.send()).toMatchObject({
      outcome: 'timeout',
      httpStatus: null,
      error: 'No response within 0.1 s.',
    });
    const slow = await receiver((_request, response) => response.writeHead(200).write('beg'), { timeoutMs: 300 });
    const sent = await slow.send();
    expect(sent).toMatchObject({ outcome: 'delivered', httpStatus: 200, answer: 'beg' });
    expect(sent.durationMs).toBeLessThan(5_000);
  });

  it('that breaks off is a failure', async () => {
    const { send } = await receiver((request) => request.socket.destroy());
    expect(await send()).toMatchObject({ outcome: 'unreachable', httpStatus: null, answer: null });
  });
});

describe('over https', () => {
  const message = { id: 'event-1', body: '{}', secrets: [newSecret()] };

  async function secureReceiver() {
    const altNames = [{ type: 2 as const, value: 'hooks.example.com' }];
    const pems = await generate([{ name: 'commonName', value: 'hooks' }], {
      keyType: 'ec',
      extensions: [{ name: 'subjectAltName', altNames }],
    });
    const names: (string | false | undefined)[] = [];
    const server = createTlsServer({ cert: pems.cert, key: pems.private }, (request, response) => {
      names.push((request.socket as { servername?: string | false }).servername);
      response.end('taken');
    });
    ends.push(() => server.close().closeAllConnections());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const open = (options: { ca?: string; address?: string }): Sender => {
      const sender = openSender({
        rules: { hosts: [`*.example.com:${port}`], networks: ['127.0.0.1'] },
        ca: options.ca ?? null,
        resolve: async () => [{ address: options.address ?? '127.0.0.1', family: 4 }],
      });
      ends.push(() => sender.close());
      return sender;
    };
    return {
      ca: pems.cert,
      names,
      open,
      url: `https://hooks.example.com:${port}/`,
      other: `https://x.example.com:${port}/`,
    };
  }

  it('a certificate has to be of a known CA, and of that name', async () => {
    const { ca, names, open, url, other } = await secureReceiver();
    expect(await open({ ca }).send({ url, ...message })).toMatchObject({ outcome: 'delivered', answer: 'taken' });
    expect(names).toEqual(['hooks.example.com']);
    expect(await open({}).send({ url, ...message })).toMatchObject({
      outcome: 'unreachable',
      error: expect.stringContaining('SELF_SIGNED'),
    });
    expect(await open({ ca }).send({ url: other, ...message })).toMatchObject({
      outcome: 'unreachable',
      error: expect.stringContaining('ALTNAME'),
    });
    expect(names).toHaveLength(1);
  });

  it('a name that was fine once and means an inner address now is not connected to', async () => {
    const { ca, names, open, url } = await secureReceiver();
    expect(await open({ ca, address: '10.0.0.1' }).send({ url, ...message })).toMatchObject({
      outcome: 'forbidden',
      error: expect.stringContaining('hooks.example.com is 10.0.0.1'),
    });
    const elsewhere = 'https://elsewhere.example.net/';
    expect((await open({ ca }).send({ url: elsewhere, ...message })).outcome).toBe('forbidden');
    expect(names).toEqual([]);
  });
});
