import type { OverviewView } from '@keyferry/core';
import { SimpleGrid, Stack } from '@mantine/core';
import { useLiveOverview } from '../api/live-overview.ts';
import { Failure } from '../display/failure.tsx';
import { LiveMark } from '../display/live-mark.tsx';
import { Loading } from '../display/loading.tsx';
import { PageHead } from '../display/page-head.tsx';
import { OpenDrills } from './open-drills.tsx';
import { Parts } from './parts.tsx';
import { RecentFailures } from './recent-failures.tsx';
import { TroubledLanes } from './troubled-lanes.tsx';
import { UnfinishedPlans } from './unfinished-plans.tsx';
import { Verdict } from './verdict.tsx';

/** Whether the replication is healthy, what is stuck, why, and what to press. */
export default function Overview() {
  const { data: overview, error, live, refetch } = useLiveOverview();
  return (
    <>
      <PageHead title="Overview">
        {/* Without a plan the stream has nothing to tell. */}
        {overview && overview.plans.items.length > 0 && <LiveMark live={live} />}
      </PageHead>
      {overview ? (
        <Told overview={overview} />
      ) : error ? (
        <Failure error={error} what="the overview" onRetry={() => void refetch()} />
      ) : (
        <Loading what="the overview" heights={[96, 110, 240]} />
      )}
    </>
  );
}

function Told({ overview }: { overview: OverviewView }) {
  return (
    <Stack gap="md">
      <Verdict overview={overview} />
      <Parts overview={overview} />
      <OpenDrills />
      <UnfinishedPlans plans={overview.plans} />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md" style={{ alignItems: 'start' }}>
        <RecentFailures failures={overview.failures} />
        <TroubledLanes lanes={overview.lanes} />
      </SimpleGrid>
    </Stack>
  );
}
