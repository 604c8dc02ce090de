import { Text, Tooltip } from '@mantine/core';
import { type ReactNode, type RefObject, useEffect, useState } from 'react';
import { regionInFull } from '../regions/region-names.ts';
import { cellAt, headRow, type Place, sumRow } from './grid-focus.ts';
import {
  cellWords,
  keyHome,
  keyName,
  type MatrixKey,
  type MatrixSubject,
  type MatrixTotals,
} from './matrix-subject.ts';

const restMs = 80;

/** One tooltip for all cells: of the cell that is pointed at, or has come by the keyboard. Escape puts it away. */
export function GridTip({ grid, words }: { grid: RefObject<HTMLElement | null>; words: (place: Place) => ReactNode }) {
  const [shown, setShown] = useState<ReturnType<typeof cellAt>>(null);
  useEffect(() => {
    const box = grid.current;
    if (!box) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (target: EventTarget | null) => {
      const found = cellAt(target);
      setShown((now) => (now?.element === found?.element ? now : found));
    };
    // Not of cells that only pass under the pointer.
    const point = ({ target }: Event) => {
      clearTimeout(timer);
      timer = setTimeout(show, restMs, target);
    };
    const focus = (event: Event) => {
      if (event.target instanceof Element && event.target.matches(':focus-visible')) show(event.target);
    };
    const hide = () => {
      clearTimeout(timer);
      setShown(null);
    };
    const putAway = ({ key }: KeyboardEvent) => {
      if (key === 'Escape') hide();
    };
    box.addEventListener('mouseover', point);
    box.addEventListener('mouseleave', hide);
    box.addEventListener('focusin', focus);
    box.addEventListener('focusout', hide);
    box.addEventListener('scroll', hide, { passive: true });
    document.addEventListener('keydown', putAway);
    return () => {
      clearTimeout(timer);
      box.removeEventListener('mouseover', point);
      box.removeEventListener('mouseleave', hide);
      box.removeEventListener('focusin', focus);
      box.removeEventListener('focusout', hide);
      box.removeEventListener('scroll', hide);
      document.removeEventListener('keydown', putAway);
    };
  }, [grid]);
  const label = shown && words(shown.place);
  if (!shown || !label) return null;
  // Its own words stand in each cell for those who hear them.
  return <Tooltip opened target={shown.element} label={label} multiline maw={360} aria-hidden />;
}

/** What the tooltip of a cell says. */
export function gridWords(
  subject: MatrixSubject,
  totals: MatrixTotals,
  rowAt: (index: number) => MatrixKey | undefined,
  { row, col }: Place,
): ReactNode {
  const region = subject.regions[col - 1];
  if (row === headRow) return region && `${regionInFull(region)}: show only keys that go there`;
  if (row === sumRow) {
    if (region === undefined) return `All keys: ${totals.words || 'nothing'}`;
    const sum = totals.sums?.[col - 1];
    return sum && `${regionInFull(region)}: ${sum.words || 'nothing'}`;
  }
  const key = rowAt(row);
  if (!key) return null;
  if (region === undefined) {
    return (
      <Lines head={keyName(key)}>
        {key.alias !== null && <div>{key.key_id}</div>}
        <div>{keyHome(key)}</div>
      </Lines>
    );
  }
  const look = subject.lookOf(key, col - 1);
  return (
    <Lines head={cellWords(key, region, look, subject)}>
      {look !== null && <div>{look.meaning}</div>}
      <div>
        {keyName(key)} in {regionInFull(region)}
      </div>
    </Lines>
  );
}

function Lines({ head, children }: { head: string; children: ReactNode }) {
  return (
    <>
      <Text size="sm" fw={600}>
        {head}
      </Text>
      <Text size="xs" component="div">
        {children}
      </Text>
    </>
  );
}
