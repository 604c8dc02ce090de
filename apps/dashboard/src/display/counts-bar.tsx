import type { Counts } from '@keyferry/core';
import { Progress } from '@mantine/core';
import { barOrder, inWords, stateColour } from '../states/replica-states.ts';

/** A plan's replicas by state, as one bar; in words for those who hear it. */
export function CountsBar({ counts, size = 10 }: { counts: Counts; size?: number }) {
  return (
    <Progress.Root size={size} role="img" aria-label={inWords(counts) || 'No replicas yet'}>
      {barOrder
        .filter((state) => counts[state] > 0)
        .map((state) => (
          <Progress.Section
            key={state}
            value={(100 * counts[state]) / Math.max(1, counts.total)}
            color={stateColour(state)}
            withAria={false}
          />
        ))}
    </Progress.Root>
  );
}
