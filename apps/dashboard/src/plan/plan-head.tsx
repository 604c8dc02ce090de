import { type PlanSpec, type PlanView, visibleLine } from '@keyferry/core';
import { Anchor, Group, Text, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { PlanStateBadge } from '../display/badges.tsx';
import { LiveMark } from '../display/live-mark.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { planLooks } from '../states/plan-states.ts';
import { Controls } from './controls/controls.tsx';

/** Which plan it is, how it stands, and what can be done with it. */
export function PlanHead({ plan, live }: { plan: PlanView; live: boolean }) {
  const { label } = planLooks[plan.state];
  return (
    <>
      <Anchor component={Link} href="/plans" size="xs" className="quiet">
        ← All plans
      </Anchor>
      <PageHead
        title={plan.name}
        tab={`${label} · ${plan.name}`}
        below={
          <Group gap="4px 14px" mt={2}>
            <PlanStateBadge state={plan.state} />
            {plan.finished_at === null && <LiveMark live={live} />}
            {/* Only a change of state is worth interrupting somebody who listens. */}
            <VisuallyHidden role="status">The plan is {label}</VisuallyHidden>
            <Origin plan={plan} />
          </Group>
        }
      >
        <Controls plan={plan} />
      </PageHead>
    </>
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
