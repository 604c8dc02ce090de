import { Tooltip } from '@mantine/core';
import { localTime } from './local-time.ts';

/** A time in the reader's zone, today's without its date; the exact UTC on hover and focus. */
export function Time({ at }: { at: string | Date }) {
  const time = new Date(at);
  return (
    <Tooltip label={time.toISOString()} events={{ hover: true, focus: true, touch: true }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the UTC must be had by keyboard too */}
      <time dateTime={time.toISOString()} tabIndex={0} className="numbers">
        {localTime(time)}
      </time>
    </Tooltip>
  );
}
