import { isTracing } from '@keyferry/tracing';
import { type SpanContext, SpanStatusCode, trace } from '@opentelemetry/api';
import { type Span, SpanKind, type Telemetry } from 'bullmq';
import { BullMQOTelSpan, BullMQOtel } from 'bullmq-otel';

/**
 * BullMQ's spans, as `bullmq-otel` makes them, but for what would bury them: adding jobs and processing one are traced;
 * not every look into an empty queue, nor the checks for stalled jobs, which would all be one trace without an end, since
 * `bullmq-otel` has no `root()`. Processing a job is a trace of its own that points at the adding, which was of many.
 * `prefix` is what a name of a queue begins with on Postgres alone. Undefined while nothing is traced.
 */
export function queueTelemetry(prefix: string): Telemetry | undefined {
  if (!isTracing()) return undefined;
  const { contextManager } = new BullMQOtel();
  const tracer = trace.getTracer('bullmq');
  return {
    tracer: {
      startSpan(name, options, around) {
        const kind = options?.kind ?? SpanKind.INTERNAL;
        if (kind === SpanKind.INTERNAL) return noSpan;
        const added: SpanContext | undefined = around && trace.getSpanContext(around);
        const links = added === undefined ? [] : [{ context: added }];
        return new QueueSpan(tracer.startSpan(name.replace(` ${prefix}-`, ' '), { kind, links, root: true }));
      },
    },
    contextManager,
  };
}

/** Of an error the name alone is told: its message may hold anything. */
class QueueSpan extends BullMQOTelSpan {
  override recordException(exception: unknown): void {
    this.span.setAttribute('error.type', exception instanceof Error ? exception.name : 'unknown');
    this.span.setStatus({ code: SpanStatusCode.ERROR });
  }
}

/** Leaves active what is. */
const noSpan: Span = {
  setSpanOnContext: (context) => context,
  setAttribute: () => undefined,
  setAttributes: () => undefined,
  addEvent: () => undefined,
  recordException: () => undefined,
  end: () => undefined,
};
