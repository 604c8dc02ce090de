import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { text } from 'node:stream/consumers';
import { loadConfig } from '@keyferry/config';

/** For a container's health check: ends with 0 when the API in it is ready, else with 1. */
const { host, port, tls } = loadConfig(process.env).api;
const target = {
  host: host === '0.0.0.0' || host === '::' ? 'localhost' : host,
  port,
  path: '/readyz',
  timeout: 4_000,
};
// Itself it knows without looking at the certificate, which is not for this name.
const request = tls === null ? get(target) : getSecurely({ ...target, rejectUnauthorized: false });
request.once('timeout', () => request.destroy(new Error('no answer in time')));
const [response] = (await once(request, 'response')) as [IncomingMessage];
process.stdout.write(`${await text(response)}\n`);
process.exit(response.statusCode === 200 ? 0 : 1);
