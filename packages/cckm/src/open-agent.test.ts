import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { selfSigned } from '../../../test/servers/self-signed.ts';
import { CckmError, createCckmClient } from './index.ts';

const closers: (() => unknown)[] = [];
afterEach(() => Promise.all(closers.splice(0).map((close) => close())));

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

/** A CipherTrust Manager behind something that speaks into the connection once `replicate-key` has arrived. */
async function spokenInto(words: string) {
  const own = await selfSigned();
  const clients = new Set<Socket>();
  const manager = createTlsServer(own, (request, response) => {
    if (request.url?.endsWith('/auth/tokens')) response.end(JSON.stringify({ jwt: 'eyJ.a.b', duration: 300 }));
    else for (const socket of clients) socket.write(words);
  });
  await new Promise<void>((resolve) => manager.listen(0, '127.0.0.1', resolve));
  const between = createServer((socket) => {
    clients.add(socket);
    const upstream = connect(portOf(manager), '127.0.0.1');
    for (const one of [socket, upstream]) one.on('error', () => undefined);
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  const client = createCckmClient({
    url: `https://localhost:${portOf(between)}`,
    username: 'keyferry',
    password: 'p4ssw0rd',
    callTimeoutMs: 10_000,
    ca: own.cert,
  });
  closers.push(async () => {
    await client.close();
    for (const socket of clients) socket.destroy();
    manager.closeAllConnections();
    manager.close();
    between.close();
  });
  return client;
}

const failureOf = async (promise: Promise<unknown>) => promise.then(() => null).catch((error: unknown) => error);

it('a TLS error of a connection on which the request was sent is no proof that it never left', async () => {
  const client = await spokenInto('HTTP/1.1 400 Bad Request\r\n\r\n');
  const failure = await failureOf(client.replicateKey('k1', { region: 'eu-west-1', block: {}, origin: null }));
  expect(failure).toBeInstanceOf(CckmError);
  expect(failure).toMatchObject({ code: 'connection_lost', mayHaveLanded: true });
});

it('a port that speaks no TLS got nothing', async () => {
  const plain = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const client = createCckmClient({ url: `https://localhost:${portOf(plain)}`, username: 'a', password: 'b' });
  closers.push(
    () => plain.close(),
    () => client.close(),
  );
  const failure = await failureOf(client.replicateKey('k1', { region: 'eu-west-1', block: {}, origin: null }));
  expect(failure).toMatchObject({ code: 'connection_refused', mayHaveLanded: false });
});
