import { Group, UnstyledButton } from '@mantine/core';
import { StateGlyph } from '../states/state-look.tsx';
import classes from './legend.module.css';
import type { CellCounts, MatrixCells } from './matrix-subject.ts';

interface LegendProps<State extends string> {
  cells: MatrixCells<State>;
  counts: CellCounts<State>;
  /** Without the states that no cell is in. */
  onlyOccurring: boolean;
  chosen: State | null;
  onChoose: (state: State | null) => void;
}

/** What the shapes mean and how many there are of each; pressed, it shows only the keys that have such a cell. */
export function Legend<State extends string>(props: LegendProps<State>) {
  const { cells, counts, onlyOccurring, chosen, onChoose } = props;
  const { looks, states } = cells;
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
          <span className={classes.count}>{counts[state].toLocaleString('en')}</span>
        </UnstyledButton>
      ))}
      <span className={classes.primary}>
        <span aria-hidden className={classes.diamond} />
        Primary
      </span>
    </Group>
  );
}
