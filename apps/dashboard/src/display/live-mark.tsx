import { Tooltip } from '@mantine/core';
import looks from './live-mark.module.css';

/** Whether what one sees is told as it happens, or asked for now and then. */
export function LiveMark({ live }: { live: boolean }) {
  const told = live
    ? 'Changes arrive as they happen'
    : 'There is no event stream: changes are asked for every 5 seconds';
  return (
    <Tooltip label={told} events={{ hover: true, focus: true, touch: true }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what it means must be had by keyboard too */}
      <span className={`${looks.mark} ${live ? looks.live : ''}`} tabIndex={0}>
        <span className={looks.dot} aria-hidden />
        {live ? 'Live' : 'Every 5 s'}
      </span>
    </Tooltip>
  );
}
