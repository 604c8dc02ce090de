import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Role } from '@keyferry/core';
import { createLog } from '@keyferry/log';
import { openQueues, type Queues } from '@keyferry/queue';
import express, { type RequestHandler } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivateServer, startPostgres, startRedis } from '../../../../test/servers/index.ts';
import { notFound, problemHandler, requestId } from '../http/problem.ts';
import { queueBoardRoute } from './queue-board-route.ts';

const log = createLog('api', 'silent');
const browser = { headers: { accept: 'text/html' } };

// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
const jsonOf = (response: Response): Promise<any> => response.json();

describe.each(['redis', 'postgres'] as const)('the queues on %s', (engine) => {
  let backend: PrivateServer;
  let queues: Queues;
  let server: Server;
  let role: Role;
  beforeAll(async () => {
    backend = await (engine === 'redis' ? startRedis() : startPostgres());
    queues = await openQueues({ redisUrl: engine === 'redis' ? backend.url : null, databaseUrl: backend.url, log });
    await queues.addReplicateJobs([
      { id: 'a-row', epoch: 1, kind: 'replicate' },
      { id: 'another', epoch: 2, kind: 'import' },
    ]);
    const letIn: RequestHandler = (_request, response, next) => {
      Object.assign(response.locals, { caller: 'somebody', role });
      next();
    };
    const app = express().disable('x-powered-by').use(requestId);
    app.use(queueBoardRoute(queues, [letIn]));
    app.get('/queues{/*path}', (_request, response) => void response.send('the dashboard'));
    app.use(notFound, problemHandler(log));
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  }, 240_000);
  afterAll(async () => {
    server?.close().closeAllConnections();
    await queues?.close();
    await backend?.stop();
  });

  const ask = (as: Role, path: string, init: RequestInit = {}) => {
    role = as;
    return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/queues${path}`, init);
  };

  it('are shown with their jobs, which hold ids and nothing else', async () => {
    const { queues: shown } = await jsonOf(await ask('admin', '/api/queues'));
    expect(shown.map(({ displayName }: { displayName: string }) => displayName)).toEqual([
      'replicate',
      'resolve',
      'watch',
      'tick',
      'deliver',
      'drill',
    ]);
    const [replicate] = shown;
    expect(replicate).toMatchObject({ counts: { waiting: 1, active: 0 }, readOnlyMode: true, allowRetries: false });
    const active = await ask('admin', `/api/queues?activeQueue=${encodeURIComponent(replicate.name)}`);
    const jobs = (await jsonOf(active)).queues[0].jobs as { data: object }[];
    expect(jobs.map(({ data }) => data)).toEqual(
      expect.arrayContaining([
        {
          calls: [
            { id: 'a-row', epoch: 1, kind: 'replicate' },
            { id: 'another', epoch: 2, kind: 'import' },
          ],
        },
      ]),
    );
    expect((await ask('admin', '/api/redis/stats')).status).toBe(200);
  });

  it('come as a page that loads from here alone, and is framed by pages from here alone', async () => {
    const page = await ask('admin', '/board', browser);
    expect(page.headers.get('x-powered-by')).toBeNull();
    const policy = page.headers.get('content-security-policy');
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).toContain("frame-ancestors 'self'");
    const html = await page.text();
    expect(html).not.toMatch(/(href|src)="https?:|style="|<style/);
    const script = /<script defer src="(static\/js\/main[^"]+)"/.exec(html)?.[1];
    expect((await ask('admin', `/board/${script}`)).status).toBe(200);
  });

  it('are a page of the dashboard to a browser', async () => {
    for (const path of ['', '/queue/keyferry-replicate']) {
      expect(await (await ask('admin', path, browser)).text()).toBe('the dashboard');
    }
  });

  it.each([
    ['PUT', '/api/queues/pause'],
    ['POST', '/api/queues/replicate/add'],
    ['PUT', '/api/queues/keyferry-replicate/obliterate'],
  ])('are not to be changed: %s %s', async (method, path) => {
    expect((await ask('admin', path, { method })).status).toBe(404);
    expect((await queues.depths()).replicate).toEqual({ waiting: 1, active: 0 });
  });

  it('are shut to other roles, of whom a browser is left to the dashboard', async () => {
    for (const path of ['', '/api/queues', '/board', '/board/api/queues', '/board/static/favicon.ico']) {
      expect((await ask('operator', path)).status).toBe(403);
    }
    const page = await ask('operator', '/board', browser);
    expect(await page.text()).toBe('the dashboard');
  });

  it('say so when their server is away', async () => {
    await backend.stop();
    const answer = await ask('admin', '/api/queues');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ title: 'The queue does not answer' });
  });
});
