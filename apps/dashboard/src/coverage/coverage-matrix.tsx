import { type CoverageCheckView, type CoverageState, coverageLetters, coverageStates } from '@keyferry/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Legend } from '../matrix/legend.tsx';
import { Matrix } from '../matrix/matrix.tsx';
import { type MatrixFilter, useMatrixFilter } from '../matrix/matrix-filter.ts';
import { pageSize } from '../matrix/matrix-rows.ts';
import type { MatrixSubject, RegionSum } from '../matrix/matrix-subject.ts';
import { regionInFull } from '../regions/region-names.ts';
import { coverageInWords, coverageLooks, coverageParts, gapsOf } from '../states/coverage-states.ts';

const looksByLetter = new Map(coverageStates.map((state) => [coverageLetters[state], coverageLooks[state]]));

/** What a check found of every key × Region. */
export default function CoverageMatrix({ check }: { check: CoverageCheckView }) {
  const [filter, setFilter] = useMatrixFilter(coverageStates);
  const [here, navigate] = useLocation();
  const head = useQuery({
    ...pageOf(check.id, filter, 0),
    placeholderData: keepPreviousData,
    enabled: check.cells_kept,
  });
  const { data } = head;
  const list = JSON.stringify(filter);
  const subject = useMemo(
    (): MatrixSubject | null =>
      data
        ? {
            list,
            keys: data.keys,
            regions: data.regions,
            pageOf: (page) => pageOf(check.id, filter, page),
            lookOf: (key, place) => looksByLetter.get(key.cells[place] ?? '') ?? null,
            nothing: (region) => `Not wanted in ${regionInFull(region)}`,
            unknownKey: 'No such key was found in CCKM',
            chosen: { look: filter.state && coverageLooks[filter.state], region: filter.region },
          }
        : null,
    [check.id, list, data],
  );
  const sums = useMemo(
    () =>
      data?.regions.map((region) => regionSum(check.by_region.find((one) => one.region === region)?.counts)) ?? null,
    [data?.regions, check.by_region],
  );
  const { counts } = check;
  if (!check.cells_kept || !counts) return <Empty title="What this check found of each key is no longer kept" />;
  return (
    <Matrix
      subject={subject}
      totals={{ sums, label: `${counts.total.toLocaleString()} key × Region`, words: coverageInWords(counts) }}
      reading={head}
      busy={head.isPlaceholderData}
      filter={filter}
      onFilter={setFilter}
      allKeys={check.keys}
      legend={() => (
        <Legend
          looks={coverageLooks}
          states={coverageStates}
          counts={counts}
          onlyOccurring
          chosen={filter.state}
          onChoose={(state) => setFilter({ state })}
        />
      )}
      // The gaps tell why, and what to do.
      onOpen={(key, region) =>
        navigate(`${here.replace(/\/matrix$/, '')}/gaps?${new URLSearchParams({ q: key.alias ?? key.key_id, region })}`)
      }
      noKeys={<Empty title="The check found no keys" />}
    />
  );
}

function pageOf(checkId: string, { q, state, region }: MatrixFilter<CoverageState>, page: number) {
  return {
    queryKey: ['coverage', 'check', checkId, 'matrix', q, state, region, page],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      keyferry.getCoverageMatrix(
        checkId,
        { q: q || undefined, state: state ?? undefined, region: region ?? undefined },
        { limit: pageSize, offset: page * pageSize, signal },
      ),
    staleTime: 60_000,
  };
}

function regionSum(counts: CoverageCheckView['counts'] | undefined): RegionSum {
  if (!counts) return { parts: [], words: '', done: '', open: [], short: '' };
  const parts = coverageParts(counts);
  const open = parts.filter(({ look, count }) => look !== coverageLooks.covered && count > 0).toReversed();
  const share = counts.total === 0 ? '' : `${Math.floor((100 * counts.covered) / counts.total)}%`;
  return {
    parts,
    words: coverageInWords(counts),
    done: `${counts.covered.toLocaleString()} covered`,
    open: open.slice(0, 3),
    short: gapsOf(counts) > 0 && open[0] ? { look: open[0].look, count: gapsOf(counts) } : share,
  };
}
