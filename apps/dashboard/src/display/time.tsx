import { Tooltip } from '@mantine/core';

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const localClock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** A time in the reader's zone, today's without its date; the exact UTC on hover and focus. */
export function Time({ at }: { at: string | Date }) {
  const time = new Date(at);
  const today = time.toDateString() === new Date().toDateString();
  return (
    <Tooltip label={time.toISOString()} events={{ hover: true, focus: true, touch: true }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the UTC must be had by keyboard too */}
      <time dateTime={time.toISOString()} tabIndex={0} className="numbers">
        {(today ? localClock : local).format(time)}
      </time>
    </Tooltip>
  );
}
