import type { TracingSettings } from '@keyferry/tracing';
import { z } from 'zod';
import { anyNumber } from './accept-number.ts';

const address = z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' });

/** `name=value,name=value`, the values percent-encoded, as OpenTelemetry has it. */
const headers = z.string().transform((text, context) => {
  try {
    const pairs = text.split(',').filter((pair) => pair.trim() !== '');
    return Object.fromEntries(pairs.map(readPair));
  } catch {
    context.addIssue({
      code: 'custom',
      message: 'expected name=value pairs, separated by commas, the values percent-encoded',
    });
    return z.NEVER;
  }
});

function readPair(pair: string): [string, string] {
  const [, name, value] = /^\s*([^=\s]+)\s*=(.*)$/s.exec(pair) ?? [];
  if (name === undefined || value === undefined) throw new Error('no pair');
  return [name, decodeURIComponent(value.trim())];
}

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** The variables of OpenTelemetry that are read here; docs/operations/traces.md names those that its SDK reads itself. */
export const tracingVariables = {
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: address.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: headers.optional(),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: headers.optional(),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers, { error: `expected one of ${samplers.join(', ')}` })
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: anyNumber({ least: 0, most: 1 }).default(1),
};

const variables = z.object(tracingVariables);

/** Null: traces go nowhere. */
export function tracingOf(env: z.output<typeof variables>): TracingSettings | null {
  const url = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? tracesUnder(env.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (url === null || env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return null;
  return {
    url,
    headers: env.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? env.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    sampler: env.OTEL_TRACES_SAMPLER,
    ratio: env.OTEL_TRACES_SAMPLER_ARG,
  };
}

function tracesUnder(endpoint: string | undefined): string | null {
  return endpoint === undefined ? null : `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}
