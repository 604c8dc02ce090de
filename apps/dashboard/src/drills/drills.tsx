import { drillStates } from '@keyferry/core';
import { Anchor, Button, Card, Code, Group, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'wouter';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { PageHead } from '../display/page-head.tsx';
import { drillLooks } from '../states/drill-states.ts';
import { DrillTable } from './drill-table.tsx';

const pageSize = 50;

/** All drills, newest first; the filter stands in the address. */
export default function Drills() {
  const [search, setSearch] = useSearchParams();
  const state = drillStates.find((one) => one === search.get('state'));
  const drills = useInfiniteQuery({
    queryKey: ['drills', state ?? 'all'],
    queryFn: ({ pageParam }) =>
      keyferry.listDrills({ limit: pageSize, cursor: pageParam, ...(state ? { state } : {}) }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: 5_000,
  });
  const rows = drills.data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <PageHead title="Drills" />
      <Card withBorder padding={0}>
        <Group p="sm">
          <Select
            aria-label="State"
            placeholder="Every state"
            clearable
            data={drillStates.map((value) => ({ value, label: drillLooks[value].label }))}
            value={state ?? null}
            onChange={(next) => setSearch(next === null ? {} : { state: next }, { replace: true })}
          />
        </Group>
        {drills.error && !rows && (
          <Stack p="sm">
            <Failure error={drills.error} what="the drills" onRetry={() => void drills.refetch()} />
          </Stack>
        )}
        {drills.isPending && (
          <Stack p="sm" aria-busy="true" aria-label="Loading the drills">
            {[1, 2, 3].map((n) => (
              <Skeleton key={n} height={44} />
            ))}
          </Stack>
        )}
        {rows?.length === 0 && (state ? <NoneOfState label={drillLooks[state].label} /> : <NoDrills />)}
        {rows && rows.length > 0 && <DrillTable rows={rows} />}
        {drills.hasNextPage && (
          <Group justify="center" p="sm">
            <Button variant="default" loading={drills.isFetchingNextPage} onClick={() => void drills.fetchNextPage()}>
              Older drills
            </Button>
          </Group>
        )}
      </Card>
    </>
  );
}

function NoneOfState({ label }: { label: string }) {
  return (
    <Empty title={`No drill is in the state “${label}”`}>
      <Anchor component={Link} href="/drills">
        Show all drills
      </Anchor>
    </Empty>
  );
}

function NoDrills() {
  return (
    <Empty title="No drill has been run yet">
      <Text size="sm" className="quiet" maw="60ch">
        A drill proves before a Region is lost that its loss would be borne. Begin with a rehearsal, which touches
        nothing: give its runbook <code>mode: rehearse</code>.
      </Text>
      <Code block ta="left" mt="xs" tabIndex={0}>
        keyferry drill validate -f runbook.yaml{'\n'}keyferry drill run -f runbook.yaml
      </Code>
    </Empty>
  );
}
