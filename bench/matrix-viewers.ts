import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Viewers of the matrix page of a plan, as a process of their own: each has a session, and sends what the page in a browser
 * sends and when it does, but draws nothing. `VIEWERS` is JSON: `{ "url": …, "tokens": [ … ] }`, a viewer a token.
 * `POST /open?plan=<id>` opens the page for all of them, `GET /stats` answers what they got.
 */
const { url, tokens } = JSON.parse(process.env.VIEWERS ?? '{}') as { url: string; tokens: string[] };
/** As in apps/dashboard/src: the keys of a page of the matrix, and how often what is asked for again. */
const matrixPage = 'limit=100&offset=0';
const buckets = 'buckets=200';
const rereadMs = { buckets: 5_000, throughput: 60_000, overview: 15_000, plan: 60_000, me: 60_000 };
/** Within this all of them open the page. */
const openWithinMs = 2_000;
/** So often each loses its stream, and goes on with it after `retryMs`. */
const loseMs = 20_000;
const retryMs = 1_000;

const seen = { requests: 0, refused: 0, bytes: 0, streamBytes: 0, planUpdates: 0, replicaUpdates: 0, resumed: 0 };

async function openSession(token: string): Promise<string> {
  const response = await fetch(`${url}/v1/session`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
  if (cookie === undefined) throw new Error(`no session: ${response.status}`);
  return cookie;
}

/** One browser with the page open. */
function openPage(cookie: string, place: number, planId: string): void {
  const agent = new Agent({ keepAlive: true });
  const plan = `/v1/plans/${planId}`;
  const ask = (path: string): Promise<void> =>
    new Promise((resolve) => {
      seen.requests += 1;
      get(`${url}${path}`, { agent, headers: { cookie } }, (response) => {
        if (response.statusCode !== 200) seen.refused += 1;
        response.on('data', (chunk: Buffer) => {
          seen.bytes += chunk.length;
        });
        response.on('close', resolve);
      }).on('error', () => {
        seen.refused += 1;
        resolve();
      });
    });

  /** What is asked for again once the plan has changed, but not more often than `everyMs`. */
  const reread = (path: string, everyMs: number) => {
    let readAt = performance.now();
    let waits = false;
    return () => {
      if (waits) return;
      waits = true;
      const read = () => {
        waits = false;
        readAt = performance.now();
        void ask(path);
      };
      setTimeout(read, Math.max(0, readAt + everyMs - performance.now()));
    };
  };
  const rereadBuckets = reread(`${plan}/matrix?${buckets}`, rereadMs.buckets);

  let lastEventId: string | null = null;
  const read = (chunk: Buffer) => {
    seen.streamBytes += chunk.length;
    const id = chunk.lastIndexOf('\nid: ');
    if (id !== -1) lastEventId = String(Number.parseInt(chunk.toString('latin1', id + 5, id + 25), 10));
    if (chunk.includes('event: replica.updated\n')) seen.replicaUpdates += 1;
    if (!chunk.includes('event: plan.updated\n')) return;
    seen.planUpdates += 1;
    rereadBuckets();
  };
  const follow = () => {
    const last = lastEventId === null ? {} : { 'last-event-id': lastEventId };
    if (lastEventId !== null) seen.resumed += 1;
    seen.requests += 1;
    const again = () => setTimeout(follow, retryMs);
    const request = get(
      `${url}${plan}/events?fields=matrix`,
      { agent, headers: { cookie, ...last } },
      (response: IncomingMessage) => {
        if (response.statusCode !== 200) seen.refused += 1;
        response.on('data', read).on('error', () => undefined);
        const lose = setTimeout(() => request.destroy(), loseMs * (0.5 + place));
        response.on('close', () => {
          clearTimeout(lose);
          again();
        });
      },
    );
    request.on('error', () => undefined);
  };

  const open = async () => {
    await ask('/v1/me');
    await Promise.all([ask(plan), ask('/v1/overview')]);
    follow();
    for (const path of [`matrix?${matrixPage}`, `matrix?${buckets}`, 'throughput?points=60'])
      void ask(`${plan}/${path}`);
    setInterval(() => void ask(`${plan}/throughput?points=60`), rereadMs.throughput);
    setInterval(() => void ask('/v1/overview'), rereadMs.overview);
    setInterval(() => void ask(plan), rereadMs.plan);
    setInterval(() => void ask('/v1/me'), rereadMs.me);
  };
  setTimeout(() => void open(), place * openWithinMs);
}

const cookies: string[] = [];
for (const token of tokens) cookies.push(await openSession(token));
const server = createServer((request, response) => {
  const asked = new URL(request.url ?? '/', 'http://localhost');
  const planId = asked.searchParams.get('plan');
  if (planId !== null) for (const [i, cookie] of cookies.entries()) openPage(cookie, i / cookies.length, planId);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(seen));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
process.stdout.write(`{"viewers":"http://127.0.0.1:${(server.address() as AddressInfo).port}"}\n`);
