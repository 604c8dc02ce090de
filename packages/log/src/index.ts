import { pino } from 'pino';

/** A structured logger: JSON lines on stderr, so that stdout stays for what a command answers. */
export type Log = Pick<pino.Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error'> & {
  child(bindings: Record<string, unknown>): Log;
};

/**
 * Makes the logger of one process. Fields that may hold a secret are cut out wherever they stand; errors are logged by
 * type, message, code and stack only, since clients hang requests (with their headers) on error objects.
 */
export function createLog(name: string, level: string): Log {
  return pino(
    {
      name,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ['authorization', 'password', 'token', 'jwt', 'refresh_token', 'headers', 'policy', 'Policy'].flatMap(
          (field) => [field, `*.${field}`, `*.*.${field}`],
        ),
        censor: '[redacted]',
      },
      serializers: { err: describeError, error: describeError },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack } = error;
  return { type: name, message, code: (error as { code?: unknown }).code, stack };
}
