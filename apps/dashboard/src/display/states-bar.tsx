import { Progress } from '@mantine/core';
import type { StateLook } from '../states/state-look.ts';

interface StatesBarProps {
  /** In the order in which they are drawn. */
  parts: readonly { readonly look: StateLook; readonly count: number }[];
  /** The same for those who hear it. */
  words: string;
  size?: number;
}

/** How many are in each state, as one bar. */
export function StatesBar({ parts, words, size = 10 }: StatesBarProps) {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  return (
    <Progress.Root size={size} role="img" aria-label={words}>
      {parts
        .filter(({ count }) => count > 0)
        .map(({ look, count }) => (
          <Progress.Section key={look.label} value={(100 * count) / total} color={look.colour} withAria={false} />
        ))}
    </Progress.Root>
  );
}
