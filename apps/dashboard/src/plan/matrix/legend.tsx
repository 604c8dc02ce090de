import { type Counts, type ReplicaState, replicaStates } from '@keyferry/core';
import { Group, UnstyledButton } from '@mantine/core';
import { StateGlyph } from '../../display/state-glyph.tsx';
import { replicaLooks } from '../../states/replica-states.ts';
import classes from './legend.module.css';

interface LegendProps {
  counts: Counts;
  /** Without the states that there is no replica in. */
  onlyOccurring: boolean;
  chosen: ReplicaState | null;
  onChoose: (state: ReplicaState | null) => void;
}

/** What the shapes mean and how many there are of each; pressed, it shows only the keys that have such a replica. */
export function Legend({ counts, onlyOccurring, chosen, onChoose }: LegendProps) {
  const shown = replicaStates.filter((state) => !onlyOccurring || counts[state] > 0 || state === chosen);
  return (
    <Group role="group" aria-label="States" gap={6}>
      {shown.map((state) => (
        <UnstyledButton
          key={state}
          className={classes.state}
          aria-pressed={chosen === state}
          data-none={counts[state] === 0 || undefined}
          title={replicaLooks[state].meaning}
          onClick={() => onChoose(chosen === state ? null : state)}
        >
          <StateGlyph state={state} />
          <span>{replicaLooks[state].label}</span>
          <span className={classes.count}>{counts[state].toLocaleString()}</span>
        </UnstyledButton>
      ))}
      <span className={classes.primary}>
        <span aria-hidden className={classes.diamond} />
        Primary
      </span>
    </Group>
  );
}
