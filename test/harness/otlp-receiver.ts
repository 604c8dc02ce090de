import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import protobuf from 'protobufjs';

/** What a test needs of opentelemetry/proto/trace/v1 and collector/trace/v1. */
const { root } = protobuf.parse(`syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; uint32 kind = 6;
    repeated KeyValue attributes = 9; repeated Link links = 13; Status status = 15;
  }
  message Link { bytes trace_id = 1; bytes span_id = 2; }
  message Status { uint32 code = 3; }
  message KeyValue { string key = 1; Value value = 2; }
  message Value { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; Values array_value = 5; } }
  message Values { repeated Value values = 1; }`);
const request = root.lookupType('Request');

/** A span as it was received, ids in hexadecimal. */
export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string | null;
  readonly links: readonly { readonly traceId: string; readonly id: string }[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
}

/** Takes traces over OTLP/HTTP in protobuf, as a collector does. */
export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Every byte that was received, headers too, a letter each. */
  text(): string;
  stop(): void;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const received: string[] = [];
  const server = createServer(async (message, response) => {
    const body = Buffer.concat(await message.toArray());
    received.push(JSON.stringify(message.rawHeaders), body.toString('latin1'));
    if (message.url === '/v1/traces') spans.push(...readSpans(body));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    text: () => received.join('\n'),
    stop: () => server.close().closeAllConnections(),
  };
}

const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

// biome-ignore lint/suspicious/noExplicitAny: as the messages above say
type Message = any;

function readSpans(body: Buffer): ReceivedSpan[] {
  const { resourceSpans }: Message = request.toObject(request.decode(body), {
    bytes: Buffer,
    longs: Number,
    arrays: true,
  });
  return resourceSpans.flatMap(({ resource, scopeSpans }: Message) =>
    scopeSpans.flatMap(({ spans }: Message) => spans.map((span: Message) => readSpan(span, read(resource.attributes)))),
  );
}

function readSpan(span: Message, resource: Record<string, unknown>): ReceivedSpan {
  return {
    service: String(resource['service.name']),
    name: span.name,
    kind: kinds[span.kind as 1] ?? 'internal',
    traceId: span.traceId.toString('hex'),
    id: span.spanId.toString('hex'),
    parentId: span.parentSpanId?.toString('hex') || null,
    links: span.links.map((link: Message) => ({
      traceId: link.traceId.toString('hex'),
      id: link.spanId.toString('hex'),
    })),
    attributes: read(span.attributes),
    failed: span.status?.code === 2,
  };
}

function read(attributes: Message[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value ?? {})[0]]));
}
