import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from '../../../test/harness/otlp-receiver.ts';
import { activeSpanIds, activeTraceparent, openSpan, startTracing, traced } from './index.ts';
import type { Tracing } from './start-tracing.ts';
import type { TracingSettings } from './tracing-settings.ts';

let receiver: OtlpReceiver | undefined;
let tracing: Tracing | undefined;
afterEach(async () => {
  await tracing?.stop();
  receiver?.stop();
});

const start = async (settings: Partial<TracingSettings> = {}, report = (_error: unknown) => {}) => {
  receiver = await startOtlpReceiver();
  const url = `${receiver.url}/v1/traces`;
  const kept = { url, headers: {}, sampler: 'parentbased_always_on', ratio: 1, ...settings } as const;
  tracing = await startTracing(kept, 'keyferry-test', report);
  return receiver;
};

it('is off without an address: nothing is made, and the SDK is not even loaded', async () => {
  tracing = await startTracing(null, 'keyferry-test', () => undefined);
  const seen = await traced('nothing', {}, async () => [activeTraceparent(), activeSpanIds()]);
  expect(seen).toEqual([null, null]);

  const loaded = async (settings: unknown) => {
    const script = `
      import { registerHooks } from 'node:module';
      const urls = [];
      registerHooks({ resolve: (name, from, next) => { const to = next(name, from); urls.push(to.url); return to; } });
      const { startTracing } = await import(${JSON.stringify(new URL('index.ts', import.meta.url))});
      await startTracing(${JSON.stringify(settings)}, 'x', () => undefined);
      console.log(urls.some((url) => url.includes('@opentelemetry/sdk-trace')));
      process.exit();`;
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    return (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd })).stdout.trim();
  };
  expect(await loaded(null)).toBe('false');
  expect(await loaded({ url: 'http://127.0.0.1:1', headers: {}, sampler: 'always_on', ratio: 1 })).toBe('true');
});

it('sends what was begun, within what, and how it failed, but not with what words', async () => {
  const { spans, text } = await start({ headers: { 'x-tenant': 'tenant-7' } });
  const failing = traced('outer', {}, () =>
    traced('inner', { attributes: { 'keyferry.plan.id': 'p-1' } }, async () => {
      throw Object.assign(new Error('canary-words'), { code: 'throttled' });
    }),
  );
  await expect(failing).rejects.toThrow('canary-words');
  await tracing?.stop();
  const [inner, outer] = spans;
  expect(outer).toMatchObject({ name: 'outer', service: 'keyferry-test', parentId: null, failed: true });
  expect(inner).toMatchObject({
    name: 'inner',
    parentId: outer?.id,
    traceId: outer?.traceId,
    attributes: { 'keyferry.plan.id': 'p-1', 'error.type': 'throttled' },
  });
  expect(text()).toContain('tenant-7');
  expect(text()).not.toContain('canary-words');
});

it('points at a traceparent, and at nothing for what is none', async () => {
  const { spans } = await start();
  await traced('linked', {}, async (span) => {
    for (const none of [null, '', '00-1-2-01', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`]) span.link(none);
    span.link(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
  });
  await tracing?.stop();
  expect(spans[0]?.links).toEqual([{ traceId: 'a'.repeat(32), id: 'b'.repeat(16) }]);
});

it('names the active span while it is kept and not ended, so that what is told later is not told of it', async () => {
  await start();
  const span = openSpan('request');
  const told = () => span.inside(activeTraceparent);
  expect(told()).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  span.end();
  expect(told()).toBeNull();
});

it('keeps the share of traces that it is told to, and all of a trace or nothing', async () => {
  const { spans } = await start({ sampler: 'parentbased_traceidratio', ratio: 0 });
  await traced('dropped', {}, async () => expect(activeTraceparent()).toBeNull());
  const headers = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
  const kept = openSpan('kept by who asked', { kind: 'server', headers });
  kept.inside(() => openSpan('within it').end());
  kept.end();
  await tracing?.stop();
  expect(spans.map(({ name, traceId }) => [name, traceId])).toEqual([
    ['within it', 'a'.repeat(32)],
    ['kept by who asked', 'a'.repeat(32)],
  ]);
});

it('does no harm where nobody takes the traces: what ran has run, it is told, and stopping ends in time', async () => {
  const told: unknown[] = [];
  await start({ url: 'http://127.0.0.1:1/v1/traces' }, (error) => told.push(error));
  expect(await traced('work', {}, async () => 'done')).toBe('done');
  const before = performance.now();
  await tracing?.stop();
  expect(performance.now() - before).toBeLessThan(5_000);
  expect(told.map(String)).toEqual([expect.stringContaining('were not taken')]);
  tracing = undefined;
});
