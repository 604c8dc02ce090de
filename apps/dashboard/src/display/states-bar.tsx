import type { Counts } from '@keyferry/core';
import { Progress } from '@mantine/core';
import { barParts, inWords } from '../states/replica-states.ts';
import type { StateLook } from '../states/state-look.tsx';

/** However few are in a state, it is seen. */
const leastShare = 0.008;

interface StatesBarProps {
  /** In the order in which they are drawn. */
  parts: readonly { readonly look: StateLook; readonly count: number }[];
  /** The same for those who hear it. */
  words: string;
  size?: number;
}

/** How many are in each state, as one bar. */
export function StatesBar({ parts, words, size = 10 }: StatesBarProps) {
  const some = parts.filter(({ count }) => count > 0);
  const total = some.reduce((sum, { count }) => sum + count, 0);
  const widths = some.map(({ count }) => Math.max(leastShare, count / total));
  const room = widths.reduce((sum, width) => sum + width, 0);
  return (
    <Progress.Root size={size} role="img" aria-label={words}>
      {some.map(({ look }, i) => (
        <Progress.Section
          key={look.label}
          value={(100 * (widths[i] ?? 0)) / room}
          color={look.colour}
          withAria={false}
        />
      ))}
    </Progress.Root>
  );
}

/** A plan's replicas by state, as one bar. */
export function CountsBar({ counts, size = 10 }: { counts: Counts; size?: number }) {
  return <StatesBar parts={barParts(counts)} words={inWords(counts) || 'No replicas yet'} size={size} />;
}
