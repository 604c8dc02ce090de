import { Group, UnstyledButton } from '@mantine/core';
import { StateGlyph, type StateLook } from '../states/state-look.tsx';
import classes from './legend.module.css';

interface LegendProps<State extends string> {
  looks: Readonly<Record<State, StateLook>>;
  /** In their order. */
  states: readonly State[];
  counts: Readonly<Record<State, number>>;
  /** Without the states that no cell is in. */
  onlyOccurring: boolean;
  chosen: State | null;
  onChoose: (state: State | null) => void;
}

/** What the shapes mean and how many there are of each; pressed, it shows only the keys that have such a cell. */
export function Legend<State extends string>(props: LegendProps<State>) {
  const { looks, states, counts, onlyOccurring, chosen, onChoose } = props;
  const shown = states.filter((state) => !onlyOccurring || counts[state] > 0 || state === chosen);
  return (
    <Group role="group" aria-label="States" gap={6}>
      {shown.map((state) => (
        <UnstyledButton
          key={state}
          className={classes.state}
          aria-pressed={chosen === state}
          data-none={counts[state] === 0 || undefined}
          title={looks[state].meaning}
          onClick={() => onChoose(chosen === state ? null : state)}
        >
          <StateGlyph look={looks[state]} />
          <span>{looks[state].label}</span>
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
