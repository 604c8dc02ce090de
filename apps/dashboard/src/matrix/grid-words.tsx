import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { regionInFull } from '../regions/region-names.ts';
import { cellWords, keyHome, keyName } from './cell-words.ts';
import { headRow, type Place, sumRow } from './grid-place.ts';
import type { MatrixKey, MatrixSubject, MatrixTotals } from './matrix-subject.ts';

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
        <div>{keyHome(key, subject)}</div>
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
