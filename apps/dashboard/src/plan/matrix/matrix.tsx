import type { PlanView } from '@keyferry/core';
import { Button, Group, Loader, Skeleton, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useMemo } from 'react';
import { Empty } from '../../display/empty.tsx';
import { Failure } from '../../display/failure.tsx';
import type { MatrixKey } from './cells.ts';
import { Legend } from './legend.tsx';
import { useMatrixBuckets } from './matrix-buckets.ts';
import { isFiltered, useMatrixFilter } from './matrix-filter.ts';
import { MatrixFilters } from './matrix-filters.tsx';
import { MatrixGrid } from './matrix-grid.tsx';
import { MatrixList } from './matrix-list.tsx';
import { useMatrixHead } from './matrix-rows.ts';
import { useOpenCell } from './open-cell.ts';
import { totalsByRegion } from './region-totals.ts';

/** A plan's keys × Regions as a heat map. The filter and the opened replica stand in the address. */
export default function Matrix({ plan }: { plan: PlanView }) {
  const [filter, setFilter] = useMatrixFilter();
  const head = useMatrixHead(plan, filter);
  const buckets = useMatrixBuckets(plan);
  const view = buckets.data ?? null;
  const totals = useMemo(() => view && totalsByRegion(view), [view]);
  const narrow = useMediaQuery('(max-width: 43.75em)') ?? false;
  const opening = useOpenCell(plan.id);
  const regions = head.data?.regions ?? [];
  const keys = head.data?.keys ?? 0;
  const filtered = isFiltered(filter);
  const open = (key: MatrixKey, region: string) => opening.mutate({ key, region });
  return (
    <>
      <Stack gap="xs" p="sm">
        <Group justify="space-between" gap="xs">
          <MatrixFilters filter={filter} regions={regions} onChange={setFilter} />
          {(filtered || opening.isPending) && (
            <Group gap="xs">
              {(opening.isPending || head.isPlaceholderData) && <Loader size="xs" aria-label="Reading" />}
              {filtered && head.data && (
                <Text size="sm" className="numbers">
                  {keys.toLocaleString()} of {(view?.keys ?? keys).toLocaleString()} keys
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
        </Group>
        <Legend
          counts={plan.counts}
          onlyOccurring={plan.finished_at !== null || narrow}
          chosen={filter.state}
          onChoose={(state) => setFilter({ state })}
        />
        <VisuallyHidden role="status">
          {head.data && filtered && !head.isPlaceholderData && `${keys.toLocaleString()} keys`}
        </VisuallyHidden>
      </Stack>
      {head.error && !head.data && (
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
      {plan.state === 'resolving' && <BeingResolved />}
      {head.data && keys === 0 && <NoKeys filtered={filtered} />}
      {head.data &&
        keys > 0 &&
        (narrow ? (
          <MatrixList plan={plan} filter={filter} keys={keys} regions={regions} onOpen={open} />
        ) : (
          <MatrixGrid
            plan={plan}
            filter={filter}
            keys={keys}
            regions={regions}
            totals={totals}
            buckets={view}
            busy={head.isPlaceholderData}
            onOpen={open}
            onRegion={(region) => setFilter({ region: filter.region === region ? null : region })}
          />
        ))}
    </>
  );
}

function BeingResolved() {
  return (
    <Empty title="The keys are being looked up in CCKM">
      <Text size="sm" className="quiet">
        They appear here as soon as all of them are known.
      </Text>
    </Empty>
  );
}

function NoKeys({ filtered }: { filtered: boolean }) {
  return (
    <Empty title={filtered ? 'No key is like that' : 'This plan has no keys'}>
      <Text size="sm" className="quiet">
        {filtered
          ? 'Choose another state or Region, or shorten the text.'
          : 'It ended before its keys were known, or its selector met none.'}
      </Text>
    </Empty>
  );
}
