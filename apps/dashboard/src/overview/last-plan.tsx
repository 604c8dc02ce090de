import { endedPlanStates } from '@keyferry/core';
import { Anchor, Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { PlanStateBadge } from '../display/badges.tsx';
import { Empty } from '../display/empty.tsx';
import { Time } from '../display/time.tsx';
import { inWords } from '../states/replica-states.ts';

/** Nothing is under way: when the last plan ended, and how. */
export function LastPlan() {
  const may = useMay()('POST /v1/plans');
  const plans = useQuery({
    queryKey: ['plans', 'last ended'],
    queryFn: () => keyferry.listPlans({ state: endedPlanStates, limit: 20 }),
    refetchInterval: 30_000,
  });
  // The one that was submitted last need not be the one that ended last.
  const last = plans.data?.items.toSorted((a, b) => ((a.finished_at ?? '') < (b.finished_at ?? '') ? 1 : -1))[0];
  return (
    <Empty title="Nothing is under way">
      {last?.finished_at && (
        <Text size="sm" component="div">
          <Anchor component={Link} href={`/plans/${last.id}`} size="sm" fw={600} underline="always">
            {last.name}
          </Anchor>{' '}
          ended last, <Time at={last.finished_at} />: <PlanStateBadge state={last.state} />
          <Text size="sm" className="quiet numbers" mt={4}>
            {inWords(last.counts)}
          </Text>
        </Text>
      )}
      {may && (
        <Button component={Link} href="/plans/new" variant="default" size="xs" mt="xs">
          New plan
        </Button>
      )}
    </Empty>
  );
}
