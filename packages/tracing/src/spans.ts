import {
  type Attributes,
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';

/** Without an SDK the tracer of the API makes spans that hold nothing and go nowhere. */
const tracer = () => trace.getTracer('keyferry');

export interface SpanOptions {
  /** `internal` unless given. */
  readonly kind?: 'internal' | 'server' | 'client';
  readonly attributes?: Attributes;
  /** The headers of a request whose sender may have a span of its own, to which this one belongs. */
  readonly headers?: object;
}

const kinds = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT };

/**
 * A span, as far as it is used here. What is noted is exported as it is: ids, names and figures of ours, and never a
 * text from outside, which may hold anything.
 */
export class TracedSpan {
  readonly #span: Span;
  readonly #context: Context;

  constructor(span: Span, around: Context = context.active()) {
    this.#span = span;
    this.#context = trace.setSpan(around, span);
  }

  /** Runs `work`, and all that it begins, within the span. */
  inside<T>(work: () => T): T {
    return context.with(this.#context, work);
  }

  note(attributes: Attributes): void {
    this.#span.setAttributes(attributes);
  }

  /** Points at the span of a `traceparent`: what made this work come about, in a trace of its own. */
  link(traceparent: string | null): void {
    const [, traceId, spanId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(traceparent ?? '') ?? [];
    if (traceId === undefined || spanId === undefined) return;
    this.#span.addLink({ context: { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true } });
  }

  /** `type`: a short name of what went wrong, of few. */
  fail(type: string): void {
    this.#span.setAttribute('error.type', type);
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    this.#span.end();
  }
}

/** Begins a span, within the one that is active or the one that `headers` tell of; whoever begins it ends it. */
export function openSpan(name: string, { kind = 'internal', attributes = {}, headers }: SpanOptions = {}): TracedSpan {
  const around = headers === undefined ? context.active() : propagation.extract(context.active(), headers);
  return new TracedSpan(tracer().startSpan(name, { kind: kinds[kind], attributes }, around), around);
}

/** Runs `work` in a span of its own, which fails where `work` does. */
export async function traced<T>(
  name: string,
  options: SpanOptions,
  work: (span: TracedSpan) => Promise<T>,
): Promise<T> {
  const span = openSpan(name, options);
  try {
    return await span.inside(() => work(span));
  } catch (error) {
    span.fail(typeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** A span that holds nothing and goes nowhere. */
export const noSpan = new TracedSpan(trace.wrapSpanContext(INVALID_SPAN_CONTEXT), ROOT_CONTEXT);

/** The span that this code runs in. */
export function activeSpan(): TracedSpan {
  const span = trace.getActiveSpan();
  return span === undefined ? noSpan : new TracedSpan(span);
}

/** The active span as W3C Trace Context writes it; null where none is, or it is not kept. */
export function activeTraceparent(): string | null {
  const ids = activeSpanIds();
  return ids && `00-${ids.trace_id}-${ids.span_id}-01`;
}

/** Null also once the span has ended: what goes on after it is no part of it. */
export function activeSpanIds(): { readonly trace_id: string; readonly span_id: string } | null {
  const span = trace.getActiveSpan();
  if (!span?.isRecording()) return null;
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}

/** Runs what is done for many at once, so that it counts to none of their spans. */
export function outsideSpans<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work);
}

/** The code of an error where it has one, else the name of its class: never its message. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : error.name;
}
