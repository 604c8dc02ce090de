import { ProblemError } from '@keyferry/client';
import { isTerminalReplicaState, type PlanView, type ReplicaDetailView } from '@keyferry/core';
import { Drawer, Group, Skeleton, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { keyferry } from '../../api/client.ts';
import { ReplicaStateBadge } from '../../display/badges.tsx';
import { Failure } from '../../display/failure.tsx';
import { regionInFull } from '../../regions/region-names.ts';
import { replicaLooks } from '../../states/replica-states.ts';
import { AttemptLog } from './attempt-log.tsx';
import { useOpenReplica } from './opened-replica.ts';
import { FromPrimary, ReplicaDiff } from './replica-diff.tsx';
import { ReplicaFacts } from './replica-facts.tsx';
import { ReplicaSteps } from './replica-steps.tsx';
import { ReplicaTrouble } from './replica-trouble.tsx';

/** While a replica is open it is read this often, as its calls leave no mark on the plan. */
const openMs = 1_500;
const endedMs = 5_000;

/** The replica that the address names, over whatever part of the plan's page. */
export function ReplicaDrawer({ plan }: { plan: PlanView }) {
  const [id, open] = useOpenReplica();
  return (
    <Drawer
      opened={id !== null}
      onClose={() => open(null)}
      position="right"
      size={640}
      title={<Text fw={650}>Replica</Text>}
      closeButtonProps={{ 'aria-label': 'Close the replica' }}
    >
      {id !== null && <OpenedReplica key={id} plan={plan} id={id} />}
    </Drawer>
  );
}

function OpenedReplica({ plan, id }: { plan: PlanView; id: string }) {
  const replica = useQuery({
    queryKey: ['plan', plan.id, 'replica', id],
    queryFn: () => keyferry.request('GET /v1/plans/{id}/replicas/{replica_id}', { id: plan.id, replica_id: id }),
    refetchInterval: ({ state: { data } }) => {
      if (data && !isTerminalReplicaState(data.state)) return openMs;
      return plan.finished_at === null ? endedMs : false;
    },
  });
  if (replica.data) return <Replica plan={plan} replica={replica.data} />;
  if (replica.error) {
    const isGone = replica.error instanceof ProblemError && replica.error.status === 404;
    const retry = isGone ? {} : { onRetry: () => void replica.refetch() };
    return <Failure error={replica.error} what="this replica" {...retry} />;
  }
  return (
    <Stack aria-busy="true" aria-label="Loading the replica">
      <Skeleton height={28} width="70%" />
      <Skeleton height={64} />
      <Skeleton height={220} />
    </Stack>
  );
}

function Replica({ plan, replica }: { plan: PlanView; replica: ReplicaDetailView }) {
  const { label, meaning } = replicaLooks[replica.state];
  return (
    <Stack gap="lg">
      <Stack gap={6}>
        <Text fz="lg" fw={650} lh={1.3} style={{ overflowWrap: 'anywhere' }}>
          {replica.alias ?? replica.key_id}
        </Text>
        <Text size="sm" className="quiet">
          {replica.primary_region ? `${regionInFull(replica.primary_region)} → ` : ''}
          {regionInFull(replica.region)}
        </Text>
        <Group gap="xs">
          <ReplicaStateBadge state={replica.state} />
          <Text size="sm">{meaning}</Text>
        </Group>
        <VisuallyHidden role="status">{label}</VisuallyHidden>
      </Stack>
      <ReplicaTrouble plan={plan} replica={replica} />
      {replica.diff && <ReplicaDiff differences={replica.diff} isOurs={replica.outcome !== 'already_present'} />}
      {replica.from_primary && <FromPrimary settings={replica.from_primary} />}
      <ReplicaSteps replica={replica} />
      <ReplicaFacts replica={replica} />
      <AttemptLog replica={replica} />
    </Stack>
  );
}
