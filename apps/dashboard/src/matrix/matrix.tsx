import { Button, Group, Loader, Skeleton, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { isFiltered, type MatrixFilter } from './matrix-filter.ts';
import { MatrixFilters } from './matrix-filters.tsx';
import { MatrixGrid, type MatrixGridProps } from './matrix-grid.tsx';
import { MatrixList } from './matrix-list.tsx';
import type { MatrixSubject, MatrixTotals } from './matrix-subject.ts';

interface MatrixProps {
  /** Null until its first page is there. */
  subject: MatrixSubject | null;
  totals: MatrixTotals;
  reading: { readonly isLoading: boolean; readonly error: Error | null; readonly refetch: () => unknown };
  /** What is shown is of the filter before. */
  busy: boolean;
  filter: MatrixFilter<string>;
  onFilter: (change: { q?: string; state?: null; region?: string | null }) => void;
  /** Of all keys, whatever is filtered. */
  allKeys: number | null;
  /** By which the states are chosen. */
  legend: (narrow: boolean) => ReactNode;
  onOpen: MatrixGridProps['onOpen'];
  /** A cell is on its way. */
  opening?: boolean;
  /** Why there are no keys at all. */
  noKeys: ReactNode;
  beside?: MatrixGridProps['beside'];
}

/** Keys × Regions as a heat map, with what it is filtered by; where there is no room for one, as a list. */
export function Matrix(props: MatrixProps) {
  const {
    subject,
    totals,
    reading,
    busy,
    filter,
    onFilter,
    allKeys,
    legend,
    onOpen,
    opening = false,
    noKeys,
    beside,
  } = props;
  const narrow = useMediaQuery('(max-width: 43.75em)') ?? false;
  const filtered = isFiltered(filter);
  const keys = subject?.keys ?? 0;
  return (
    <>
      <Stack gap="xs" p="sm">
        <Group justify="space-between" gap="xs">
          <MatrixFilters filter={filter} regions={subject?.regions ?? []} onChange={onFilter} />
          {(filtered || opening) && (
            <Group gap="xs">
              {(opening || busy) && <Loader size="xs" aria-label="Reading" />}
              {filtered && subject && (
                <Text size="sm" className="numbers">
                  {keys.toLocaleString()} of {(allKeys ?? keys).toLocaleString()} keys
                </Text>
              )}
              {filtered && (
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => onFilter({ q: '', state: null, region: null })}
                >
                  Show all
                </Button>
              )}
            </Group>
          )}
        </Group>
        {legend(narrow)}
        <VisuallyHidden role="status">{subject && filtered && !busy && `${keys.toLocaleString()} keys`}</VisuallyHidden>
      </Stack>
      {reading.error && !subject && (
        <Stack p="sm">
          <Failure error={reading.error} what="the matrix" onRetry={() => void reading.refetch()} />
        </Stack>
      )}
      {reading.isLoading && (
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
            totals={totals}
            busy={busy}
            onOpen={onOpen}
            onRegion={(region) => onFilter({ region: filter.region === region ? null : region })}
            beside={beside}
          />
        ))}
    </>
  );
}

function NoSuchKeys() {
  return (
    <Empty title="No key is like that">
      <Text size="sm" className="quiet">
        Choose another state or Region, or shorten the text.
      </Text>
    </Empty>
  );
}
