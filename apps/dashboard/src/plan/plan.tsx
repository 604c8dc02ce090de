import { ProblemError } from '@keyferry/client';
import type { PlanState } from '@keyferry/core';
import { Anchor, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { Link, useParams } from 'wouter';
import { PlanStreamContext, useLivePlan } from '../api/live-plan.ts';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { Approvals } from './approvals/approvals.tsx';
import { Notices } from './notices/notices.tsx';
import { PlanHead } from './plan-head.tsx';
import { PlanTabs } from './plan-tabs.tsx';
import { Progress } from './progress/progress.tsx';
import { ReplicaDrawer } from './replica/replica-drawer.tsx';

/** A plan: how it stands, why, what can be done, and all of its parts in tabs. */
export default function Plan() {
  const { id = '' } = useParams<{ id: string }>();
  const { data: plan, error, live, untold, refetch } = useLivePlan(id);
  const stream = useMemo(() => ({ live, untold }), [live, untold]);
  useFreshParts(id, plan?.state);

  if (!plan) {
    if (!error) return <Loading what="the plan" heights={[64, 180, 320]} />;
    if (error instanceof ProblemError && error.status === 404) return <NoSuchPlan id={id} />;
    return <Failure error={error} what="the plan" onRetry={() => void refetch()} />;
  }
  return (
    <PlanStreamContext value={stream}>
      <PlanHead plan={plan} live={live} />
      <Stack gap="md">
        <Notices plan={plan} />
        <Progress plan={plan} />
        <Approvals plan={plan} />
        <PlanTabs plan={plan} />
      </Stack>
      <ReplicaDrawer plan={plan} />
    </PlanStreamContext>
  );
}

/** With another state all that was read of the plan is old. */
function useFreshParts(id: string, state: PlanState | undefined): void {
  const store = useQueryClient();
  const known = useRef(state);
  useEffect(() => {
    if (known.current !== undefined && known.current !== state)
      void store.invalidateQueries({ queryKey: ['plan', id] });
    known.current = state;
  }, [id, state, store]);
}

function NoSuchPlan({ id }: { id: string }) {
  return (
    <Empty title={`There is no plan ${id}`}>
      <Anchor component={Link} href="/plans">
        To all plans
      </Anchor>
    </Empty>
  );
}
