import { redactMessage } from '@keyferry/core';
import { activeSpanIds } from '@keyferry/tracing';
import { pino } from 'pino';
import { fit, type Log, type LogFields } from './fields.ts';

/**
 * Makes the logger of one process. What may stand in a line is decided in `fields.ts` and nowhere else; where a span is
 * active, a line tells which.
 */
export function createLog(
  name: string,
  level: string,
  destination: pino.DestinationStream = pino.destination({ fd: 2, sync: true }),
): Log {
  // Pino would describe what `fit` has described already.
  const serializers = { err: (described: unknown) => described };
  const logger = pino({ name, level, timestamp: pino.stdTimeFunctions.isoTime, serializers }, destination);
  const at =
    (severity: keyof Log) =>
    (...given: [LogFields, string] | [string]): void => {
      if (!logger.isLevelEnabled(severity)) return;
      const [fields, message] = given.length === 1 ? [{}, given[0]] : given;
      logger[severity](fit({ ...fields, ...activeSpanIds() }), redactMessage(message));
    };
  return { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
