import { closedDrillStates, type DrillState, drillStates, type OverviewView } from '@keyferry/core';
import { Anchor, Card, Group, SimpleGrid, Stack, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { overviewQuery } from '../api/health.ts';
import { pollMs, useLive } from '../api/use-live.ts';
import { Failure } from '../display/failure.tsx';
import { LiveMark } from '../display/live-mark.tsx';
import { Loading } from '../display/loading.tsx';
import { PageHead } from '../display/page-head.tsx';
import { DrillTable } from '../drills/drill-table.tsx';
import { Parts } from './parts.tsx';
import { RecentFailures } from './recent-failures.tsx';
import { TroubledLanes } from './troubled-lanes.tsx';
import { UnfinishedPlans } from './unfinished-plans.tsx';
import { Verdict } from './verdict.tsx';
import { withPlan } from './with-plan.ts';

/** Whether replication is healthy, what is stuck, why, and what to press. */
export default function Overview() {
  const { data: overview, error, live, refetch } = useLiveOverview();
  return (
    <>
      <PageHead title="Overview">
        {/* Without a plan nothing arrives on the stream. */}
        {overview && overview.plans.items.length > 0 && <LiveMark live={live} />}
      </PageHead>
      {overview ? (
        <Content overview={overview} />
      ) : error ? (
        <Failure error={error} what="the overview" onRetry={() => void refetch()} />
      ) : (
        <Loading what="the overview" heights={[96, 110, 240]} />
      )}
    </>
  );
}

function Content({ overview }: { overview: OverviewView }) {
  return (
    <Stack gap="md">
      <Verdict overview={overview} />
      <Parts overview={overview} />
      <OpenDrills />
      <UnfinishedPlans plans={overview.plans} />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md" style={{ alignItems: 'start' }}>
        <RecentFailures failures={overview.failures} lastDay={overview.last_day} />
        <TroubledLanes lanes={overview.lanes} />
      </SimpleGrid>
    </Stack>
  );
}

/** When an event changes more than numbers, the overview is read again, at most this often. */
const rereadMs = 1_000;

/** The whole installation as it is now. Events update its plans; lanes, workers and the verdict change only when it is read. */
function useLiveOverview() {
  const store = useQueryClient();
  const reread = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(reread.current), []);
  const readSoon = () => {
    reread.current ??= setTimeout(() => {
      reread.current = undefined;
      void store.invalidateQueries(overviewQuery);
    }, rereadMs);
  };
  return useLive({
    queryKey: overviewQuery.queryKey,
    read: overviewQuery.queryFn,
    everyMs: () => pollMs,
    stream: (signal) => keyferry.allEvents({ signal }),
    onEvent: (event) => {
      const old = store.getQueryData<OverviewView>(overviewQuery.queryKey);
      if (event.type !== 'plan' || old === undefined) return;
      const next = withPlan(old, event.plan);
      if (next === null) readSoon();
      else store.setQueryData(overviewQuery.queryKey, next);
    },
  });
}

const open: readonly DrillState[] = drillStates.filter((state) => !closedDrillStates.includes(state));

/** The drills that run or wait for a person; nothing while there is none. */
function OpenDrills() {
  const { data } = useQuery({
    queryKey: ['drills', 'open'],
    queryFn: () => keyferry.request('GET /v1/drills', { query: { state: open, limit: 20 } }),
    enabled: useMay()('GET /v1/drills'),
    refetchInterval: 5_000,
  });
  if (!data || data.items.length === 0) return null;
  return (
    <Card withBorder padding={0} component="section" aria-label="Open drills">
      <Group justify="space-between" px="sm" py="xs">
        <Title order={2} size="h5">
          Open drills
        </Title>
        <Anchor component={Link} href="/drills" size="sm">
          All drills
        </Anchor>
      </Group>
      <DrillTable rows={data.items} />
    </Card>
  );
}
