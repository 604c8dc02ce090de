import { ProblemError, readPlanFacts } from '@keyferry/client';
import { approvalsInForce, limitsOf, type PlanView, planInWords } from '@keyferry/core';
import { Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useCaller } from '../../api/caller.ts';
import { keyferry } from '../../api/client.ts';
import { Decision } from '../../display/decision.tsx';
import { Failure } from '../../display/failure.tsx';
import { Loading } from '../../display/loading.tsx';
import { Notice } from '../../display/notice.tsx';
import { planLooks } from '../../states/plan-states.ts';
import { useFreshPlan } from '../plan-queries.ts';
import { Outlook, Refusal, useAct } from './confirmation.tsx';

/** Shows what an approval binds, as read when this opened, and approves exactly that: the API refuses it if the plan has changed. */
export default function Approval({ plan: live, onClose }: { plan: PlanView; onClose: () => void }) {
  const { caller } = useCaller();
  const fresh = useFreshPlan(live.id);
  const [comment, setComment] = useState('');
  const plan = fresh.data;
  const acting = useAct(live.id, () => approve(plan, comment), onClose);
  const facts = useQuery({
    queryKey: ['plan-facts-as-opened', live.id, fresh.dataUpdatedAt],
    queryFn: () => readPlanFacts(keyferry, live.id),
    enabled: plan !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  if (fresh.error) return <Failure error={fresh.error} what="the plan" onRetry={() => void fresh.refetch()} />;
  if (facts.error) return <Failure error={facts.error} what="its keys" onRetry={() => void facts.refetch()} />;
  if (!plan || !facts.data) return <Loading what="what is approved" heights={[320]} />;

  const inForce = approvalsInForce(plan.approvals, Date.now());
  const why = whyNot(plan, live, caller, inForce);
  const changed = acting.error instanceof ProblemError && acting.error.status === 409;
  const lookAgain = async () => {
    await fresh.refetch();
    acting.reset();
  };
  return (
    <Stack>
      <Text size="sm">You approve the plan as submitted, the rows it was resolved to, and its limits:</Text>
      <Decision sections={planInWords(plan, facts.data, Date.now())} />
      <Outlook plan={plan} />
      {why ? (
        <Notice tone="waits" title="You cannot approve it">
          <Text size="sm">{why}</Text>
        </Notice>
      ) : (
        <Textarea
          label="Comment"
          description="Kept with the approval; optional"
          maxLength={2_000}
          autosize
          minRows={2}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
      )}
      {acting.error && <Refusal error={acting.error} plan={live} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {why ? 'Close' : 'Not now'}
        </Button>
        {changed ? (
          <Button loading={fresh.isFetching} onClick={() => void lookAgain()}>
            Review again
          </Button>
        ) : (
          !why && (
            <Button loading={acting.isPending} onClick={() => acting.mutate()}>
              Approve exactly this
            </Button>
          )
        )}
      </Group>
    </Stack>
  );
}

function approve(plan: PlanView | undefined, comment: string): Promise<PlanView> {
  if (plan?.resolved_sha256 == null) throw new Error('There is nothing to approve yet');
  const { id, spec_sha256, resolved_sha256 } = plan;
  const said = comment.trim();
  return keyferry.request('POST /v1/plans/{id}/approve', {
    id,
    body: {
      ...{ spec_sha256, resolved_sha256, limits: limitsOf(plan) },
      ...(said === '' ? {} : { comment: said }),
    },
  });
}

function whyNot(plan: PlanView, live: PlanView, caller: string, inForce: PlanView['approvals']): string | null {
  if (live.state !== 'awaiting_approval') return `The plan is now “${planLooks[live.state].label}”.`;
  if (plan.created_by === caller) return 'You submitted the plan. Another person must approve it.';
  if (plan.proposed_by.includes(caller)) {
    return 'You executed its preview, changed its limits or retried it. Another person must approve it.';
  }
  if (inForce.some(({ approver }) => approver === caller))
    return 'You have approved it already. Another approver is missing.';
  return null;
}
