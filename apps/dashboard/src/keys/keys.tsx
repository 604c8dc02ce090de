import type { EstateView } from '@keyferry/core';
import { Alert, Button, Card, Skeleton, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { MoreRows, usePages } from '../display/listing.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { KeyFilter, useKeyFilter } from './key-filter.tsx';
import { KeyTable } from './key-table.tsx';
import { leaveForNewPlan, newPlanPath } from './selected-keys.ts';

const pageSize = 100;

/** Every key that CCKM lists with the Regions that it is in; the filter stands in the address. */
export default function Keys() {
  const { filter, filtered, change } = useKeyFilter();
  const keys = usePages({
    queryKey: ['keys', filter],
    readPage: (cursor) =>
      keyferry.request('GET /v1/keys', {
        query: {
          q: filter.q || undefined,
          tag: filter.tag || undefined,
          region: filter.region || undefined,
          missing_in: filter.missing_in || undefined,
          multi_region: filter.kind === '' ? undefined : filter.kind === 'multi',
          limit: pageSize,
          cursor,
        },
      }),
    placeholderData: keepPreviousData,
    // Until it has been read for the first time there is nothing to show.
    refetchInterval: ({ state }) => (state.data?.pages[0]?.read_at === null ? 1_000 : 15_000),
  });
  const may = useMay();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const first = keys.data?.pages[0];
  const { rows = [] } = keys;
  return (
    <>
      <PageHead title="Keys" below={first && <Standing estate={first} filtered={filtered} />}>
        {may('POST /v1/plans') && <NewPlan selected={selected} onClear={() => setSelected(new Set())} />}
      </PageHead>
      <Stack gap="md">
        {first?.error && (
          <Alert color="orange" title="CCKM could not be read">
            {first.error.message} The keys shown are from the last successful read. Keyferry retries every 30 s while
            this page is open.
          </Alert>
        )}
        <Card withBorder padding={0}>
          <KeyFilter filter={filter} estate={first} onChange={change} />
          {keys.error && !first && (
            <Stack p="sm">
              <Failure error={keys.error} what="the keys" onRetry={() => void keys.refetch()} />
            </Stack>
          )}
          {(keys.isPending || first?.read_at === null) && !first?.error && (
            <Stack p="sm" aria-busy="true" aria-label="Loading the keys">
              <Text size="sm" className="quiet" role="status">
                {first?.read_at === null && 'Reading the list of keys from CCKM for the first time …'}
              </Text>
              {[1, 2, 3, 4].map((n) => (
                <Skeleton key={n} height={32} />
              ))}
            </Stack>
          )}
          {first?.read_at && rows.length === 0 && (
            <Empty title={filtered ? 'No matching keys' : 'CCKM lists no keys'}>
              <Text size="sm" className="quiet">
                {filtered ? 'Loosen the filter.' : 'Add AWS accounts in CCKM and synchronise them.'}
              </Text>
            </Empty>
          )}
          {rows.length > 0 && (
            <KeyTable rows={rows} selected={selected} {...(may('POST /v1/plans') && { onSelect: setSelected })} />
          )}
          <MoreRows query={keys}>More keys</MoreRows>
        </Card>
      </Stack>
    </>
  );
}

function Standing({ estate, filtered }: { estate: EstateView; filtered: boolean }) {
  if (estate.read_at === null) return null;
  return (
    <Text size="sm" className="quiet numbers">
      {estate.total.toLocaleString('en')} {filtered && 'matching '}
      {estate.total === 1 ? 'key' : 'keys'}, read from CCKM at <Time at={estate.read_at} />
      {estate.reading && '; reading again'}
    </Text>
  );
}

/** Leads to the form for a new plan with the keys that are selected. */
function NewPlan({ selected, onClear }: { selected: ReadonlySet<string>; onClear: () => void }) {
  const [, navigate] = useLocation();
  const [refused, setRefused] = useState(false);
  const { size } = selected;
  return (
    <>
      {refused && (
        <Text size="sm" role="alert">
          The browser blocks storage for this page. Copy the key ids into the form instead.
        </Text>
      )}
      {size > 0 && (
        <Button variant="subtle" onClick={onClear}>
          Clear selection
        </Button>
      )}
      <Button
        leftSection={<IconPlus size={16} aria-hidden />}
        disabled={size === 0}
        title={size === 0 ? 'Select keys first' : undefined}
        onClick={() => (leaveForNewPlan([...selected]) ? navigate(newPlanPath) : setRefused(true))}
      >
        {size === 0 ? 'New plan' : `New plan with ${size.toLocaleString('en')} ${size === 1 ? 'key' : 'keys'}`}
      </Button>
    </>
  );
}
