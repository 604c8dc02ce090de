import { type CoverageCheckView, type CoverageCounts, coverageLetters, coverageStates } from '@keyferry/core';
import { useLocation } from 'wouter';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Matrix } from '../matrix/matrix.tsx';
import type { CellSum, MatrixCells } from '../matrix/matrix-subject.ts';
import { coverageInWords, coverageLooks, coverageParts, gapsOf } from '../states/coverage-states.ts';

const cells: MatrixCells<(typeof coverageStates)[number]> = {
  states: coverageStates,
  letters: coverageLetters,
  looks: coverageLooks,
  nothing: (region) => `Not wanted in ${region}`,
  counted: 'key × Region',
  sumOf,
};

/** What a check found of every key × Region; a cell leads to its gap, which tells why, and what to do. */
export default function CoverageMatrix({ check }: { check: CoverageCheckView }) {
  const [here, navigate] = useLocation();
  const { id, counts, by_region, keys, cells_kept: kept } = check;
  if (!kept || !counts) return <Empty title="What this check found of each key is no longer kept" />;
  return (
    <Matrix
      cells={cells}
      source={{
        queryKey: ['coverage', 'check', id, 'matrix'],
        read: (filter, { signal, ...page }) =>
          keyferry.request('GET /v1/coverage/checks/{id}/matrix', { id, query: { ...filter, ...page }, signal }),
        staleTime: 60_000,
      }}
      counts={counts}
      byRegion={by_region}
      allKeys={keys}
      onlyOccurring
      onOpen={(key, region) =>
        navigate(`${here.replace(/\/matrix$/, '')}/gaps?${new URLSearchParams({ q: key.alias ?? key.key_id, region })}`)
      }
      noKeys={<Empty title="The check found no keys" />}
    />
  );
}

function sumOf(counts: Readonly<CoverageCounts>): CellSum {
  const parts = coverageParts(counts);
  const open = parts.filter(({ look, count }) => look !== coverageLooks.covered && count > 0).toReversed();
  const share = counts.total === 0 ? '' : `${Math.floor((100 * counts.covered) / counts.total)}%`;
  return {
    parts,
    words: coverageInWords(counts),
    done: `${counts.covered.toLocaleString('en')} covered`,
    open: open.slice(0, 3),
    short: gapsOf(counts) > 0 && open[0] ? { look: open[0].look, count: gapsOf(counts) } : share,
  };
}
