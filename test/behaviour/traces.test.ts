import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminToken, type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../harness/otlp-receiver.ts';

let receiver: OtlpReceiver;
let keyferry: Keyferry;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
  keyferry = await startKeyferry({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, KEYFERRY_LOG_LEVEL: 'debug' });
});
afterAll(async () => {
  await keyferry?.stop();
  receiver?.stop();
});

/** The only span that is so. */
function the(what: string, is: (span: ReceivedSpan) => boolean): ReceivedSpan {
  const [span, ...more] = receiver.spans.filter(is);
  if (span === undefined || more.length > 0) {
    const seen = receiver.spans.map(({ name, attributes }) => `${name} ${JSON.stringify(attributes)}`);
    throw new Error(`${more.length + (span ? 1 : 0)} spans are ${what}, of\n${seen.join('\n')}`);
  }
  return span;
}
const within = (parent: ReceivedSpan) => (span: ReceivedSpan) =>
  span.parentId === parent.id && span.traceId === parent.traceId;
const pointsAt = (span: ReceivedSpan) => ({ traceId: span.traceId, id: span.id });

it('leads from the request that submitted a plan to the call that made a replica, and from there back', async () => {
  const [first, second] = await keyferry.simulator.makeKeys({ account: newAccount(), count: 2 });
  await keyferry.simulator.addFaults({
    operation: 'replicate-key',
    key: second?.id,
    effect: { awsError: { name: 'AccessDeniedException', message: 'no' } },
  });
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  const response = await fetch(`${keyferry.url}/v1/plans`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${adminToken}`,
      'content-type': 'application/json',
      traceparent: `00-${traceId}-${spanId}-01`,
    },
    body: JSON.stringify({ name: 'traced', keys: [first?.id, second?.id], regions: ['eu-west-1'] }),
  });
  const { id: planId } = (await response.json()) as { id: string };
  await keyferry.settled(planId);
  const replicas = await keyferry.replicas(planId);
  const made = replicas.find(({ state }) => state === 'succeeded');
  const refused = replicas.find(({ state }) => state === 'failed');
  for (const path of ['/healthz', '/nowhere/raw-path']) await fetch(`${keyferry.url}${path}`);
  // Stopping sends what has not been sent.
  await keyferry.stop();

  const submitted = the('the submission', ({ name }) => name === 'POST /v1/plans');
  expect(submitted).toMatchObject({
    service: 'keyferry-api',
    kind: 'server',
    traceId,
    parentId: spanId,
    attributes: { 'http.route': '/v1/plans', 'http.response.status_code': 202, 'keyferry.plan.id': planId },
  });

  // By what it led to: on a busy machine an earlier job may have missed its slot.
  const jobOf = (replica: { id: string } | undefined, state: string) =>
    the('the job of the replica', ({ kind, attributes }) => {
      const { 'keyferry.replica.id': id, 'keyferry.replica.state': after } = attributes;
      return kind === 'consumer' && id === replica?.id && after === state;
    });
  const job = jobOf(made, 'creating');
  expect(job).toMatchObject({
    service: 'keyferry-worker',
    parentId: null,
    failed: false,
    attributes: { 'keyferry.plan.id': planId, 'keyferry.attempt': 1 },
  });
  const added = the('the adding', (span) => span.kind === 'producer' && job.links.some(({ id }) => id === span.id));
  expect(job.links).toEqual([pointsAt(added), pointsAt(submitted)]);
  expect(job.traceId).not.toBe(traceId);
  const step = the('the step', (span) => span.name === 'replicate' && within(job)(span));
  const call = the('the call', within(step));
  expect(call).toMatchObject({
    kind: 'client',
    failed: false,
    name: 'POST /api/v1/cckm/aws/keys/{id}/replicate-key',
    attributes: { 'http.response.status_code': expect.any(Number), 'keyferry.cckm.operation': 'replicate-key' },
  });
  const verified = the(
    'the look that showed it usable',
    ({ name, attributes }) =>
      name === 'verify' &&
      attributes['keyferry.replica.id'] === made?.id &&
      attributes['keyferry.replica.state'] === 'succeeded',
  );
  expect(verified.links).toEqual([pointsAt(submitted)]);
  const resolved = the('the job that resolved it', (span) => {
    return (
      span.kind === 'consumer' && span.links.length === 1 && within(span)(the('it', ({ name }) => name === 'resolve'))
    );
  });
  expect(resolved.links).toEqual([pointsAt(submitted)]);

  const failedJob = jobOf(refused, 'failed');
  const failedStep = the('its step', (span) => span.name === 'replicate' && within(failedJob)(span));
  expect(the('its call', within(failedStep))).toMatchObject({
    failed: true,
    attributes: { 'error.type': 'access_denied', 'keyferry.cckm.error_code': 'AccessDeniedException' },
  });
  expect(failedJob.failed).toBe(true);

  expect(receiver.text()).not.toContain('raw-path');
  // Neither looks into an empty queue nor probes of health make a trace.
  const begun = receiver.spans.filter(({ parentId }) => parentId === null).map(({ name }) => name);
  const known = [
    /^(GET|POST) \/v1\/plans/,
    /^GET$/,
    /^process (resolve|replicate|watch)$/,
    /^addBulk replicate$/,
    /^POST \/api\/v1\/auth\/(tokens|revoke)$/,
  ];
  expect(begun.filter((name) => !known.some((pattern) => pattern.test(name)))).toEqual([]);

  const line = keyferry.api
    .output()
    .split('\n')
    .find((text) => text.includes(traceId));
  expect(JSON.parse(line ?? '{}')).toMatchObject({ msg: 'request', span_id: submitted.id });
  const ids = { trace_id: call.traceId, span_id: call.id };
  const lines = keyferry.workers[0]?.output().split('\n') ?? [];
  expect(JSON.parse(lines.find((text) => text.includes(call.id)) ?? '{}')).toMatchObject({
    msg: 'cckm call',
    operation: 'replicate-key',
    ...ids,
  });
});
