import { type PlanView, replicaStates } from '@keyferry/core';
import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { Empty } from '../../display/empty.tsx';
import { Legend } from '../../matrix/legend.tsx';
import { Matrix as MatrixOf } from '../../matrix/matrix.tsx';
import { isFiltered, useMatrixFilter } from '../../matrix/matrix-filter.ts';
import type { MatrixSubject } from '../../matrix/matrix-subject.ts';
import { regionInFull } from '../../regions/region-names.ts';
import { inWords, replicaLooks } from '../../states/replica-states.ts';
import { lookOfCell } from './cells.ts';
import { useMatrixBuckets } from './matrix-buckets.ts';
import { matrixPage, useMatrixHead } from './matrix-pages.ts';
import { Minimap } from './minimap.tsx';
import { useOpenCell } from './open-cell.ts';
import { regionSum } from './region-sum.ts';
import { totalsByRegion } from './region-totals.ts';

/** A plan's keys × Regions. The filter and the opened replica stand in the address. */
export default function Matrix({ plan }: { plan: PlanView }) {
  const [filter, setFilter] = useMatrixFilter(replicaStates);
  const head = useMatrixHead(plan, filter);
  const view = useMatrixBuckets(plan).data ?? null;
  const sums = useMemo(() => view && totalsByRegion(view).map(regionSum), [view]);
  const opening = useOpenCell(plan.id);
  const { counts } = plan;
  const list = JSON.stringify(filter);
  const keys = head.data?.keys;
  const regions = head.data?.regions;
  const subject = useMemo(
    (): MatrixSubject | null =>
      keys !== undefined && regions
        ? {
            list,
            keys,
            regions,
            pageOf: (page) => matrixPage(plan.id, filter, page),
            lookOf: (key, place) => lookOfCell(key, regions[place], key.cells[place]),
            nothing: (region) => `Not replicated to ${regionInFull(region)}`,
            unknownKey: 'No such key was found in CCKM',
            chosen: { look: filter.state && replicaLooks[filter.state], region: filter.region },
          }
        : null,
    [plan.id, list, keys, regions],
  );
  if (plan.state === 'resolving') return <BeingResolved />;
  return (
    <MatrixOf
      subject={subject}
      totals={{ sums, label: `${counts.total.toLocaleString()} replicas`, words: inWords(counts) }}
      reading={head}
      busy={head.isPlaceholderData}
      filter={filter}
      onFilter={setFilter}
      allKeys={view?.keys ?? null}
      legend={(narrow) => (
        <Legend
          looks={replicaLooks}
          states={replicaStates}
          counts={counts}
          onlyOccurring={plan.finished_at !== null || narrow}
          chosen={filter.state}
          onChoose={(state) => setFilter({ state })}
        />
      )}
      onOpen={(key, region) => opening.mutate({ key, region })}
      opening={opening.isPending}
      noKeys={<NoKeys />}
      beside={view && !isFiltered(filter) ? (shown) => <Minimap view={view} {...shown} /> : undefined}
    />
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

function NoKeys() {
  return (
    <Empty title="This plan has no keys">
      <Text size="sm" className="quiet">
        It ended before its keys were known, or its selector met none.
      </Text>
    </Empty>
  );
}
