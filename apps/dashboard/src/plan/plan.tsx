import { ProblemError } from '@keyferry/client';
import { type PlanSpec, type PlanState, type PlanView, visibleLine } from '@keyferry/core';
import { Anchor, Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { Link, useParams } from 'wouter';
import { PlanStreamContext, useLivePlan } from '../api/live-plan.ts';
import { PlanStateBadge } from '../display/badges.tsx';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { LiveMark } from '../display/live-mark.tsx';
import { Loading } from '../display/loading.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { planLooks } from '../states/plan-states.ts';
import { Approvals } from './approvals.tsx';
import { Controls } from './controls/controls.tsx';
import { Notices } from './notices/notices.tsx';
import { PlanTabs } from './plan-tabs.tsx';
import { Progress } from './progress.tsx';
import { ReplicaDrawer } from './replica/replica-drawer.tsx';

/** A plan: how it stands, why, what can be done, and all of its parts in tabs. */
export default function Plan() {
  const { id = '' } = useParams<{ id: string }>();
  const { data: plan, error, dataUpdatedAt, live, untold, refetch } = useLivePlan(id);
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
      <Stack gap="sm">
        <Notices plan={plan} error={error} readAt={dataUpdatedAt} />
        <Progress plan={plan} />
        {/* Once it has started they stand with its activity. */}
        {plan.started_at === null && <Approvals plan={plan} />}
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

/** Which plan it is, how it stands, and what can be done with it. */
function PlanHead({ plan, live }: { plan: PlanView; live: boolean }) {
  const { label } = planLooks[plan.state];
  return (
    <PageHead
      compact
      title={plan.name}
      tab={`${label} · ${plan.name}`}
      below={
        <Group gap="4px 14px" mt={2}>
          <Anchor component={Link} href="/plans" size="sm">
            ← All plans
          </Anchor>
          <PlanStateBadge state={plan.state} />
          {plan.finished_at === null && <LiveMark live={live} />}
          {/* Only a change of state is read out. */}
          <VisuallyHidden role="status">The plan is {label}</VisuallyHidden>
          <Origin plan={plan} />
        </Group>
      }
    >
      <Controls plan={plan} />
    </PageHead>
  );
}

/** Who, when and why. */
function Origin({ plan }: { plan: PlanView }) {
  const { change_ticket: ticket, start_at: startAt } = (plan.spec as PlanSpec).options;
  return (
    <>
      <Fact name="by">{visibleLine(plan.created_by)}</Fact>
      {ticket && <Fact name="ticket">{visibleLine(ticket)}</Fact>}
      <Fact name="submitted">
        <Time at={plan.created_at} />
      </Fact>
      {plan.schedule_id !== null && (
        <Fact name="run of a schedule">
          {plan.scheduled_for === null ? 'by hand' : <Time at={plan.scheduled_for} />}
        </Fact>
      )}
      {plan.started_at === null && startAt && (
        <Fact name="starts">
          <Time at={startAt} />
        </Fact>
      )}
      {plan.started_at !== null && (
        <Fact name="started">
          <Time at={plan.started_at} />
        </Fact>
      )}
      {plan.finished_at !== null && (
        <Fact name="finished">
          <Time at={plan.finished_at} />
        </Fact>
      )}
      {plan.archived_at !== null && (
        <Fact name="archived">
          <Time at={plan.archived_at} />
        </Fact>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Text size="sm" component="span">
      <span className="quiet">{name}</span> {children}
    </Text>
  );
}
