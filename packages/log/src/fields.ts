import { redactMessage } from '@keyferry/core';
import { describeError } from './describe-error.ts';

/** Every field that a line of the log may have, beside `err`. What is not here is not logged. */
const fieldNames = [
  // Who and what it is about.
  'requestId',
  'callerRequestId',
  'trace_id',
  'span_id',
  'caller',
  'plan',
  'replica',
  'lane',
  'schedule',
  'check',
  'policy',
  'webhook',
  'delivery',
  'drill',
  'step',
  'account',
  'region',
  'worker',
  'queue',
  'job',
  // A request to the API, a call to CCKM.
  'method',
  'route',
  'status',
  'aborted',
  'operation',
  'httpStatus',
  'durationMs',
  // What came of it.
  'state',
  'outcome',
  'code',
  'reason',
  'failures',
  'repeated',
  'rows',
  'keys',
  'replicas',
  'lostJobs',
  'heldByDead',
  'cancelled',
  // The process and what it stands on.
  'address',
  'expires',
  'signal',
  'concurrency',
  'engine',
  'applied',
  'schema',
  'version',
  'maxmemory_policy',
  'redis_version',
  'port',
  'pid',
  'data',
  'ms',
] as const;

type FieldValue = string | number | boolean | null | undefined | readonly string[];

export type LogFields = { readonly [name in (typeof fieldNames)[number]]?: FieldValue } & { readonly err?: unknown };

type Write = {
  (fields: LogFields, message: string): void;
  (message: string): void;
};

/** A structured logger: JSON lines on stderr, so that stdout stays for what a command answers. */
export type Log = Readonly<Record<'trace' | 'debug' | 'info' | 'warn' | 'error', Write>>;

const known: ReadonlySet<string> = new Set(fieldNames);
const notLogged = '[not logged]';

/**
 * The fields as they may be written: those of the list, as text that `redactMessage` has gone over, numbers and booleans.
 * Of anything else the name alone is told, so that whoever added it sees why it is missing.
 */
export function fit(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => {
        if (name === 'err') return [name, describeError(value)];
        return [name, known.has(name) ? fitValue(value) : notLogged];
      }),
  );
}

function fitValue(value: unknown): unknown {
  if (typeof value === 'string') return redactMessage(value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value.map((item) => redactMessage(item));
  return notLogged;
}
