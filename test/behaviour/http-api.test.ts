import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry();
});
afterAll(() => keyferry?.stop());

/** A raw request, as a script would send it. */
async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${keyferry.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
function parse(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function someKeys(count: number, group: Record<string, unknown> = {}): Promise<string[]> {
  return (await keyferry.simulator.makeKeys({ count, account: newAccount(), ...group })).map((key) => key.id);
}

describe('who may call', () => {
  it.each(['/v1/plans', `/v1/plans/${randomUUID()}`, '/v1/lanes'])('needs the token: %s', async (path) => {
    for (const authorization of ['', 'Bearer wrong', 'Basic YWRtaW46YWRtaW4=']) {
      const answer = await ask('GET', path, undefined, { authorization });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.json).toMatchObject({ status: 401, instance: path, request_id: expect.any(String) });
    }
  });

  it.each(['/healthz', '/readyz', '/version', '/openapi.json', '/docs/'])('is open to everybody: %s', async (path) => {
    expect((await ask('GET', path, undefined, { authorization: '' })).status).toBe(200);
  });
});

describe('a plan that is submitted', () => {
  it('is answered with 202, the plan and where it is', async () => {
    const spec = { name: 'first', keys: await someKeys(1), regions: ['eu-west-1'] };
    const answer = await ask('POST', '/v1/plans', spec);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/plans/${answer.json.id}`);
    expect(answer.json).toMatchObject({
      name: 'first',
      mode: 'execute',
      state: 'resolving',
      created_by: 'admin',
      spec: { ...spec, options: { priority: 0, max_in_flight: 50, max_attempts: 8, import_material: true } },
      started_at: null,
      finished_at: null,
      counts: { total: 0, pending: 0, succeeded: 0 },
    });
    expect(answer.json.spec_sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(answer.json.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(answer.json.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    await keyferry.settled(answer.json.id);
  });

  it('is made once for an Idempotency-Key, and a key is not taken for another body', async () => {
    const spec = { name: 'once', keys: await someKeys(1), regions: ['eu-west-1'] };
    const key = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask('POST', '/v1/plans', spec, key)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 200, 202]);
    expect(new Set(answers.map((answer) => answer.json.id)).size).toBe(1);
    const { name, keys, regions } = spec;
    expect((await ask('POST', '/v1/plans', { regions, keys, name }, key)).status).toBe(200);
    const other = await ask('POST', '/v1/plans', { ...spec, name: 'other' }, key);
    expect(other.status).toBe(409);
    expect(other.json.detail).toContain(answers[0]?.json.id);
  });

  it('is refused with all its errors at once, and nothing is stored', async () => {
    const before = (await ask('GET', '/v1/plans?limit=1000')).json.items.length;
    const answer = await ask('POST', '/v1/plans', {
      keys: ['nonsense'],
      regions: ['eu-west-1', 'us-wset-2'],
      replica: { policytemplate: 't', key_users: ['u'], aws_param: { Alias: 'alias/x' } },
      options: { priorty: 1 },
    });
    expect(answer.status).toBe(422);
    expect(answer.json.errors).toEqual(
      expect.arrayContaining([
        { path: 'name', code: 'required', message: expect.any(String) },
        { path: 'keys[0]', code: 'invalid_key', message: expect.any(String) },
        { path: 'regions[1]', code: 'unknown_region', message: expect.stringContaining('us-west-2') },
        { path: 'replica', code: 'mutually_exclusive', message: expect.any(String) },
        { path: 'replica.aws_param.Alias', code: 'invalid_value', message: expect.any(String) },
        { path: 'options.priorty', code: 'unknown_field', message: expect.any(String) },
      ]),
    );
    expect((await ask('GET', '/v1/plans?limit=1000')).json.items.length).toBe(before);
  });

  it.each([
    ['not JSON', 400, '{"name": ', {}],
    ['another content type', 415, 'name: x', { 'content-type': 'text/yaml' }],
    ['too large', 413, `{"name":"${'x'.repeat(33 * 1024 * 1024)}"}`, {}],
    ['not an object', 422, '[]', {}],
    ['no body', 422, undefined, {}],
  ])('is refused when it is %s', async (_what, status, body, headers) => {
    const answer = await ask('POST', '/v1/plans', body, headers);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ status, title: expect.any(String), request_id: expect.any(String) });
  });

  it('may have 20,000 keys in one body', async () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `mrk-${i.toString(16).padStart(32, '0')}`);
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'many', keys, regions: ['eu-west-1'] },
    });
    await keyferry.client.request('POST /v1/plans/{id}/cancel', { id });
  });
});

describe('what is not there', () => {
  it.each([`/v1/plans/${randomUUID()}`, '/v1/plans/not-an-id', `/v1/plans/${randomUUID()}/replicas`, '/v1/nothing'])(
    'is a 404: %s',
    async (path) => {
      const answer = await ask('GET', path);
      expect(answer.status).toBe(404);
      expect(answer.json).toMatchObject({ status: 404 });
    },
  );

  it('is told of a query that is wrong', async () => {
    const answer = await ask('GET', '/v1/plans?limit=5000&colour=red');
    expect(answer.status).toBe(422);
    expect(answer.json.errors.map((error: { path: string }) => error.path).sort()).toEqual(['colour', 'limit']);
  });
});

describe('lists', () => {
  it('come in pages that miss and repeat nothing', async () => {
    const plan = await keyferry.run({ name: 'paged', keys: await someKeys(7), regions: ['eu-west-1', 'us-west-2'] });
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: { id: string }[]; next_cursor: string | null } = (
        await ask('GET', `/v1/plans/${plan.id}/replicas?limit=4${cursor ? `&cursor=${cursor}` : ''}`)
      ).json;
      expect(page.items.length).toBeLessThanOrEqual(4);
      ids.push(...page.items.map((item) => item.id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(new Set(ids).size).toBe(14);
    expect(ids).toHaveLength(14);
    const one = await ask('GET', `/v1/plans/${plan.id}/replicas?region=us-west-2&state=succeeded`);
    expect(one.json.items).toHaveLength(7);
  });
});

describe('the report', () => {
  it('has one row a replica in JSON and CSV, whatever became of it', async () => {
    const keys = [...(await someKeys(2)), ...(await someKeys(1, { state: 'Disabled' })), randomUUID()];
    const plan = await keyferry.run({ name: 'reported', keys, regions: ['eu-west-1', 'us-west-2'] });
    const json = await ask('GET', `/v1/plans/${plan.id}/report?format=json`);
    expect(json.json.plan).toMatchObject({ id: plan.id, counts: { total: 8, succeeded: 4, blocked: 4 } });
    expect(json.json.replicas).toHaveLength(8);
    const csv = await ask('GET', `/v1/plans/${plan.id}/report?format=csv`);
    expect(csv.headers.get('content-type')).toContain('text/csv');
    const [head, ...rows] = csv.text.trim().split('\n');
    expect(head).toContain('key_arn,alias,account,primary_region,region,state,outcome');
    expect(rows).toHaveLength(8);
    expect((await ask('GET', `/v1/plans/${plan.id}/report?format=pdf`)).status).toBe(422);
  });

  it('is a page for people too, in which nothing from outside is markup', async () => {
    const keys = await someKeys(2);
    const plan = await keyferry.run({ name: '<script>alert(1)</script> & co', keys, regions: ['eu-west-1'] });
    const html = await ask('GET', `/v1/plans/${plan.id}/report?format=html`);
    expect(html.headers.get('content-type')).toContain('text/html');
    expect(html.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; co');
    expect(html.text).not.toContain('<script>');
    expect(html.text.match(/<tr><td/g)).toHaveLength(2);
    expect(html.text.trim().endsWith('</html>')).toBe(true);
  });
});

describe('events', () => {
  it('tell every replica to its end and then stop', async () => {
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'told', keys: await someKeys(5), regions: ['eu-west-1'] },
    });
    const last = new Map<string, string>();
    let plan: { state: string } | null = null;
    for await (const event of keyferry.client.events(id)) {
      if (event.type === 'replicas') for (const replica of event.replicas) last.set(replica.id, replica.state);
      if (event.type === 'plan') plan = event.plan;
    }
    expect(plan?.state).toBe('succeeded');
    expect([...last.values()]).toEqual(Array(5).fill('succeeded'));
  });

  it('go on after Last-Event-ID, and say nothing twice', async () => {
    const plan = await keyferry.run({ name: 'resumed', keys: await someKeys(3), regions: ['eu-west-1'] });
    const read = async (headers: Record<string, string>) =>
      (await ask('GET', `/v1/plans/${plan.id}/events`, undefined, headers)).text;
    const whole = await read({ 'last-event-id': '0' });
    const ids = [...whole.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
    expect(ids.length).toBeGreaterThan(0);
    expect(whole).toContain('event: replica.updated');
    const rest = await read({ 'last-event-id': String(Math.max(...ids)) });
    expect(rest).not.toContain('event: replica.updated');
    expect(rest).toContain('"state":"succeeded"');
  });

  it('come at most four times a second', async () => {
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'paced',
        keys: await someKeys(30),
        regions: ['eu-west-1'],
      },
    });
    const times: number[] = [];
    for await (const _event of keyferry.client.events(id)) times.push(Date.now());
    const most = Math.max(...times.map((start) => times.filter((at) => at >= start && at < start + 1_000).length));
    expect(most).toBeLessThanOrEqual(6);
  });
});

describe('a person', () => {
  it('cancels: what is in flight finishes, the rest is cancelled', async () => {
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'cancelled',
        keys: await someKeys(40),
        regions: ['eu-west-1'],
      },
    });
    await until(
      'some are made',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ counts }) => counts.succeeded > 3,
    );
    expect((await keyferry.client.request('POST /v1/plans/{id}/cancel', { id })).state).toBe('cancelled');
    const plan = await keyferry.settled(id);
    const { succeeded, cancelled, total } = plan.counts;
    expect(plan.state).toBe('cancelled');
    expect(succeeded + cancelled).toBe(total);
    expect(cancelled).toBeGreaterThan(0);
    const again = await ask('POST', `/v1/plans/${id}/resume`);
    expect(again.status).toBe(409);
    expect(again.json.detail).toContain('cancelled');
  });

  it('pauses and resumes', async () => {
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'paused',
        keys: await someKeys(20),
        regions: ['eu-west-1'],
      },
    });
    await until(
      'it runs',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ counts }) => counts.succeeded > 1,
    );
    expect((await keyferry.client.request('POST /v1/plans/{id}/pause', { id })).state).toBe('paused');
    const still = await until(
      'nothing is in flight',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ counts }) => counts.queued + counts.replicating + counts.creating === 0,
    );
    expect(still.counts.pending).toBeGreaterThan(0);
    await keyferry.client.request('POST /v1/plans/{id}/resume', { id });
    expect((await keyferry.settled(id)).counts.succeeded).toBe(20);
  });

  it('sees a preview before anything is called, and executes it', async () => {
    const keys = await someKeys(3);
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'seen', mode: 'preview', keys, regions: ['eu-west-1'] },
    });
    const previewed = await until(
      'it is previewed',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ state }) => state === 'previewed',
    );
    expect(previewed.counts).toMatchObject({ total: 3, pending: 3 });
    const calls = (await keyferry.simulator.ledger('replicate-key')).filter((call) => keys.includes(call.keyId ?? ''));
    expect(calls).toEqual([]);
    await keyferry.client.request('POST /v1/plans/{id}/execute', { id });
    expect((await keyferry.settled(id)).state).toBe('succeeded');
  });

  it('mends a cause and retries what failed', async () => {
    const [key = ''] = await someKeys(1, { state: 'Disabled' });
    const plan = await keyferry.run({ name: 'mended', keys: [key], regions: ['eu-west-1'] });
    expect(plan).toMatchObject({ state: 'completed_with_failures', counts: { blocked: 1 } });
    await fetch(`${keyferry.simulator.url}/api/v1/cckm/aws/keys/${key}/enable`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await simulatorToken()}` },
    });
    await keyferry.client.request('POST /v1/plans/{id}/retry', { id: plan.id, body: { error_code: 'key_disabled' } });
    expect(await keyferry.settled(plan.id)).toMatchObject({ state: 'succeeded', counts: { total: 1, succeeded: 1 } });
  });

  it('is asked once more failed than the plan tolerates', async () => {
    const awsError = { name: 'AccessDeniedException', message: 'no' };
    await keyferry.simulator.addFaults({ operation: 'replicate-key', region: 'sa-east-1', effect: { awsError } });
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'halted',
        keys: await someKeys(60),
        regions: ['sa-east-1'],
        options: { failure_tolerance: { count: 2 } },
      },
    });
    const plan = await until(
      'it halts',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ state }) => state === 'halted',
    );
    expect(plan.counts.failed).toBeGreaterThan(2);
    expect(plan.counts.pending).toBeGreaterThan(0);
    expect(plan.reason).toContain('more than the plan tolerates');
    await keyferry.client.request('POST /v1/plans/{id}/cancel', { id });
  });

  it('changes the limits of a running plan', async () => {
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'changed',
        keys: await someKeys(5),
        regions: ['eu-west-1'],
      },
    });
    const plan = await keyferry.client.request('PATCH /v1/plans/{id}', {
      id,
      body: { options: { priority: 7, max_in_flight: 3 } },
    });
    expect(plan.spec.options).toMatchObject({ priority: 7, max_in_flight: 3 });
    expect((await ask('PATCH', `/v1/plans/${id}`, { options: { colour: 1 } })).status).toBe(422);
    await keyferry.settled(id);
  });
});

describe('a plan that requires approval', () => {
  it('is refused to its submitter, approved by two others, runs to its end, and is reported with its approvals', async () => {
    const tokenOf = async (name: string, role: string) =>
      (await ask('POST', '/v1/tokens', { name, role })).json.token as string;
    const [olga, ann, abe] = await Promise.all([
      tokenOf('olga', 'operator'),
      tokenOf('ann', 'approver'),
      tokenOf('abe', 'approver'),
    ]);
    const as = (token: string, method: string, path: string, body?: unknown) =>
      ask(method, `/v1/plans${path}`, body, { authorization: `Bearer ${token}` });
    const options = { require_approval: true, approvals: 2, change_ticket: 'CHG-7' };
    const spec = { name: 'approved', keys: await someKeys(3), regions: ['eu-west-1'], options };
    const { id } = (await as(olga, 'POST', '', spec)).json;
    const { spec_sha256, resolved_sha256 } = await until(
      'it waits for approval',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ state }) => state === 'awaiting_approval',
    );
    const approve = (token: string) => as(token, 'POST', `/${id}/approve`, { spec_sha256, resolved_sha256 });
    expect((await approve(olga)).status).toBe(403);
    expect((await approve(ann)).json).toMatchObject({ state: 'awaiting_approval', counts: { pending: 3 } });
    expect((await approve(ann)).status).toBe(200);
    // A worker may have started it before the answer was read.
    expect((await approve(abe)).json).toMatchObject({ state: expect.stringMatching(/^(scheduled|running)$/) });
    expect(await keyferry.settled(id)).toMatchObject({ state: 'succeeded', counts: { succeeded: 3 } });
    const { json } = await as(olga, 'GET', `/${id}/report?format=json`);
    expect(json.plan).toMatchObject({
      ...{ created_by: 'olga', approvals_required: 2, spec: { options: { change_ticket: 'CHG-7' } } },
      approvals: [
        { approver: 'ann', spec_sha256, resolved_sha256, void_reason: null },
        { approver: 'abe', spec_sha256, resolved_sha256, void_reason: null },
      ],
    });
  });
});

async function simulatorToken(): Promise<string> {
  const response = await fetch(`${keyferry.simulator.url}/api/v1/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'keyferry-simulator' }),
  });
  return ((await response.json()) as { jwt: string }).jwt;
}

describe('Regions in sequence', () => {
  it('begin one after the other', async () => {
    const regions = ['eu-west-1', 'us-west-2'];
    const keys = await someKeys(6);
    await keyferry.run({ name: 'waves', keys, regions, options: { region_order: 'sequential' } });
    const calls = (await keyferry.simulator.ledger('replicate-key')).filter((call) => keys.includes(call.keyId ?? ''));
    expect(calls.map((call) => call.region)).toEqual([...Array(6).fill('eu-west-1'), ...Array(6).fill('us-west-2')]);
  });
});

describe('a selector', () => {
  it('takes the primaries that match, by alias and account', async () => {
    const account = newAccount();
    await keyferry.simulator.makeKeys({ count: 3, account, aliasPrefix: 'alias/chosen' });
    await keyferry.simulator.makeKeys({ count: 2, account, aliasPrefix: 'alias/left' });
    const plan = await keyferry.run({
      name: 'selected',
      selector: { alias: 'alias/chosen-*', account },
      regions: ['eu-west-1'],
    });
    expect(plan.counts).toMatchObject({ total: 3, succeeded: 3 });
  });

  it('that matches nothing ends the plan as failed, with the reason', async () => {
    const plan = await keyferry.run({ name: 'nothing', selector: { alias: 'alias/nobody-*' }, regions: ['eu-west-1'] });
    expect(plan).toMatchObject({ state: 'failed', reason: expect.stringContaining('matches no') });
  });
});

describe('the OpenAPI document', () => {
  it('names every path, and every answer is as it says', async () => {
    const { json } = await ask('GET', '/openapi.json');
    expect(Object.keys(json.paths).sort()).toEqual([
      '/drill.schema.json',
      '/healthz',
      '/login/oidc',
      '/login/oidc/callback',
      '/metrics',
      '/plan.schema.json',
      '/queues',
      '/readyz',
      '/v1/approval-rules',
      '/v1/approval-rules/versions',
      '/v1/audit',
      '/v1/audit/checkpoints',
      '/v1/audit/export',
      '/v1/audit/key',
      '/v1/coverage/checks',
      '/v1/coverage/checks/{id}',
      '/v1/coverage/checks/{id}/cells',
      '/v1/coverage/checks/{id}/matrix',
      '/v1/coverage/checks/{id}/plan',
      '/v1/coverage/policies',
      '/v1/coverage/policies/{name}',
      '/v1/coverage/policies/{name}/checks',
      '/v1/drills',
      '/v1/drills/{id}',
      '/v1/drills/{id}/abort',
      '/v1/drills/{id}/approve',
      '/v1/drills/{id}/break-glass',
      '/v1/drills/{id}/events',
      '/v1/drills/{id}/evidence',
      '/v1/drills/{id}/findings',
      '/v1/drills/{id}/keys',
      '/v1/drills/{id}/log',
      '/v1/drills/{id}/pause',
      '/v1/drills/{id}/report',
      '/v1/drills/{id}/resume',
      '/v1/drills/{id}/times',
      '/v1/events',
      '/v1/keys',
      '/v1/keys/{id}',
      '/v1/keys/{id}/coverage',
      '/v1/keys/{id}/replicas',
      '/v1/lanes',
      '/v1/lanes/{id}',
      '/v1/lanes/{id}/reset',
      '/v1/login',
      '/v1/me',
      '/v1/overview',
      '/v1/plans',
      '/v1/plans/{id}',
      '/v1/plans/{id}/activity',
      '/v1/plans/{id}/approve',
      '/v1/plans/{id}/cancel',
      '/v1/plans/{id}/comments',
      '/v1/plans/{id}/events',
      '/v1/plans/{id}/execute',
      '/v1/plans/{id}/failures',
      '/v1/plans/{id}/matrix',
      '/v1/plans/{id}/pause',
      '/v1/plans/{id}/preview',
      '/v1/plans/{id}/reject',
      '/v1/plans/{id}/replicas',
      '/v1/plans/{id}/replicas/{replica_id}',
      '/v1/plans/{id}/report',
      '/v1/plans/{id}/resume',
      '/v1/plans/{id}/retry',
      '/v1/plans/{id}/throughput',
      '/v1/region-groups',
      '/v1/region-groups/{name}',
      '/v1/schedules',
      '/v1/schedules/{id}',
      '/v1/schedules/{id}/run',
      '/v1/session',
      '/v1/tokens',
      '/v1/tokens/{id}',
      '/v1/webhooks',
      '/v1/webhooks/{id}',
      '/v1/webhooks/{id}/deliveries',
      '/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver',
      '/v1/webhooks/{id}/rotate-secret',
      '/v1/webhooks/{id}/test',
      '/version',
    ]);
    const { Plan, PlanListed } = json.components.schemas;
    const [listed] = (await ask('GET', '/v1/plans?limit=1')).json.items;
    expect(Object.keys(listed).sort()).toEqual([...PlanListed.required].sort());
    const [whole] = (await ask('GET', '/v1/plans?limit=1&include=spec')).json.items;
    expect(Object.keys(whole).sort()).toEqual([...Plan.required].sort());
    expect(whole.spec).toEqual((await ask('GET', `/v1/plans/${listed.id}`)).json.spec);
  });
});

describe('lanes', () => {
  it('take a quota that was raised', async () => {
    const { items } = await keyferry.client.request('GET /v1/lanes');
    const lane = items.find((candidate) => candidate.operation === 'CreateKey');
    const answer = await ask('PATCH', `/v1/lanes/${lane?.id}`, { quota_per_second: 40 });
    expect(answer.json).toMatchObject({
      id: lane?.id,
      quota_per_second: 40,
      default_quota_per_second: 20,
      rate_factor: 1,
    });
    const back = await ask('PATCH', `/v1/lanes/${lane?.id}`, { quota_per_second: null });
    expect(back.json).toMatchObject({ quota_per_second: 20 });
    expect((await ask('PATCH', '/v1/lanes/1:eu-west-1:CreateKey', { quota_per_second: 40 })).status).toBe(404);
  });
});
