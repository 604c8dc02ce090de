import { Button, Group, Loader, Skeleton, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type ReactNode, useMemo } from 'react';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { Legend } from './legend.tsx';
import { isFiltered, MatrixFilters, useMatrixFilter } from './matrix-filter.tsx';
import { MatrixGrid, type MatrixGridProps } from './matrix-grid.tsx';
import { MatrixList } from './matrix-list.tsx';
import { type MatrixSource, useMatrixSubject } from './matrix-pages.ts';
import type { CellCounts, CellSum, MatrixCells } from './matrix-subject.ts';

interface MatrixProps<State extends string> extends Pick<MatrixGridProps, 'beside' | 'onOpen'> {
  cells: MatrixCells<State>;
  source: MatrixSource<State>;
  /** Of all keys, whatever is filtered; those of a Region once they are there. */
  counts: CellCounts<State>;
  byRegion: readonly { readonly region: string; readonly counts: CellCounts<State> }[] | null;
  allKeys: number | null;
  /** States that no cell is in are left out of the legend. */
  onlyOccurring?: boolean;
  /** A cell is being opened. */
  opening?: boolean;
  /** Why there are no keys at all. */
  noKeys: ReactNode;
}

/** Keys × Regions as a heat map, with what it is filtered by; where there is no room for one, as a list. The filter stands in the address. */
export function Matrix<State extends string>(props: MatrixProps<State>) {
  const {
    cells,
    source,
    counts,
    byRegion,
    allKeys,
    onlyOccurring = false,
    onOpen,
    opening = false,
    noKeys,
    beside,
  } = props;
  const [filter, setFilter] = useMatrixFilter(cells.states);
  const { head, subject } = useMatrixSubject(cells, source, filter);
  const sums = useMemo(() => {
    const known = byRegion && new Map(byRegion.map((one) => [one.region, cells.sumOf(one.counts)]));
    return known && (subject?.regions.map((region) => known.get(region) ?? nothingWanted) ?? null);
  }, [cells, byRegion, subject?.regions]);
  const narrow = useMediaQuery('(max-width: 43.75em)') ?? false;
  const filtered = isFiltered(filter);
  const keys = subject?.keys ?? 0;
  const busy = head.isPlaceholderData;
  const { words } = cells.sumOf(counts);
  return (
    <>
      <Group gap="6px 12px" p="xs">
        <MatrixFilters filter={filter} regions={subject?.regions ?? []} onChange={setFilter} />
        <Legend
          cells={cells}
          counts={counts}
          onlyOccurring={onlyOccurring || narrow}
          chosen={filter.state}
          onChoose={(state) => setFilter({ state })}
        />
        {(filtered || opening) && (
          <Group gap="xs">
            {(opening || busy) && <Loader size="xs" aria-label="Reading" />}
            {filtered && subject && (
              <Text size="sm" className="numbers">
                {keys.toLocaleString('en')} of {(allKeys ?? keys).toLocaleString('en')} keys
              </Text>
            )}
            {filtered && (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => setFilter({ q: '', state: null, region: null })}
              >
                Show all
              </Button>
            )}
          </Group>
        )}
        <VisuallyHidden role="status">
          {subject && filtered && !busy && `${keys.toLocaleString('en')} keys`}
        </VisuallyHidden>
      </Group>
      {head.error && !subject && (
        <Stack p="sm">
          <Failure error={head.error} what="the matrix" onRetry={() => void head.refetch()} />
        </Stack>
      )}
      {head.isLoading && (
        <Stack p="sm" gap={6} aria-busy="true" aria-label="Loading the matrix">
          {[1, 2, 3, 4, 5, 6, 7, 8].map((n) => (
            <Skeleton key={n} height={22} />
          ))}
        </Stack>
      )}
      {subject && keys === 0 && (filtered ? <NoSuchKeys /> : noKeys)}
      {subject &&
        keys > 0 &&
        (narrow ? (
          <MatrixList subject={subject} onOpen={onOpen} />
        ) : (
          <MatrixGrid
            subject={subject}
            totals={{ sums, label: `${counts.total.toLocaleString('en')} ${cells.counted}`, words }}
            busy={busy}
            onOpen={onOpen}
            onRegion={(region) => setFilter({ region: filter.region === region ? null : region })}
            beside={filtered ? undefined : beside}
          />
        ))}
    </>
  );
}

/** Of a Region that nothing is wanted in. */
const nothingWanted: CellSum = { parts: [], words: '', done: '', open: [], short: '' };

function NoSuchKeys() {
  return (
    <Empty title="No matching keys">
      <Text size="sm" className="quiet">
        Loosen the filter: another state or Region, or less text.
      </Text>
    </Empty>
  );
}
