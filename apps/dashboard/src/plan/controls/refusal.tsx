import { ProblemError } from '@keyferry/client';
import type { PlanView } from '@keyferry/core';
import { Text } from '@mantine/core';
import { Failure } from '../../display/failure.tsx';
import { Notice } from '../../display/notice.tsx';
import { planLooks } from '../../states/plan-states.ts';

/** Why a command was not carried out: as a rule somebody was quicker. */
export function Refusal({ error, plan }: { error: Error; plan: PlanView }) {
  if (!(error instanceof ProblemError)) {
    return (
      <Notice answers tone="waits" title="No answer came">
        <Text size="sm">Whether it was done shows as soon as the connection is back. Doing it again does no harm.</Text>
      </Notice>
    );
  }
  if (error.status !== 409) return <Failure error={error} />;
  return (
    <Notice answers tone="waits" title="Not done: the plan has changed meanwhile">
      <Text size="sm">
        {error.problem.detail} It is “{planLooks[plan.state].label}” now.
      </Text>
    </Notice>
  );
}
