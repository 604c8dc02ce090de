import type { Counts, PlanView } from '@keyferry/core';
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { regionInFull } from '../../regions/region-in-words.ts';
import { inWords, replicaLooks } from '../../states/replica-states.ts';
import { cellWords, keyName, type MatrixKey, stateOf } from './cells.ts';
import { headRow, type Place, sumRow } from './grid-place.ts';

interface Shown {
  plan: PlanView;
  regions: readonly string[];
  totals: readonly Counts[] | null;
  rowAt: (index: number) => MatrixKey | undefined;
}

/** What the tooltip of a cell says. */
export function gridWords({ plan, regions, totals, rowAt }: Shown, { row, col }: Place): ReactNode {
  const region = regions[col - 1];
  if (row === headRow) return region && `${regionInFull(region)}: show only keys that go there`;
  if (row === sumRow) {
    const counts = region === undefined ? plan.counts : totals?.[col - 1];
    return counts && `${region === undefined ? 'All keys' : regionInFull(region)}: ${inWords(counts) || 'nothing'}`;
  }
  const key = rowAt(row);
  if (!key) return null;
  if (region === undefined) {
    return (
      <Lines head={keyName(key)}>
        {key.alias !== null && <div>{key.key_id}</div>}
        <div>
          {key.account ? `Account ${key.account}, primary in ${key.primary_region}` : 'No such key was found in CCKM'}
        </div>
      </Lines>
    );
  }
  const state = stateOf(key.cells[col - 1]);
  return (
    <Lines head={cellWords(key, region, state)}>
      {state !== null && <div>{replicaLooks[state].meaning}</div>}
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
