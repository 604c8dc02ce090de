import {
  countOf,
  endedPlanStates,
  formatNumber,
  type OverviewPlan,
  type OverviewView,
  visibleLine,
} from '@keyferry/core';
import { Anchor, Button, Card, Group, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { PlanStateBadge } from '../display/badges.tsx';
import { Empty } from '../display/empty.tsx';
import { localTime, withLocalTimes } from '../display/local-time.ts';
import { progressInWords } from '../display/progress-in-words.ts';
import { CountsBar } from '../display/states-bar.tsx';
import { Time } from '../display/time.tsx';
import { timeFigure } from '../display/time-figure.ts';
import { inWords } from '../states/replica-states.ts';
import looks from './unfinished-plans.module.css';

/** The plans that are not finished, the most urgent first; when there is none, how the last one ended. */
export function UnfinishedPlans({ plans }: { plans: OverviewView['plans'] }) {
  const { items, more } = plans;
  return (
    <Card withBorder padding={0} component="section" aria-label="Running and waiting plans">
      <Group justify="space-between" px="sm" py="xs">
        <Title order={2} size="h5">
          Running and waiting
        </Title>
        <Anchor component={Link} href="/plans" size="sm">
          All plans
        </Anchor>
      </Group>
      {items.length === 0 ? (
        <LastPlan />
      ) : (
        <Table className={looks.table} verticalSpacing="xs" horizontalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Plan</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Replicas</Table.Th>
              <Table.Th>Rate</Table.Th>
              <Table.Th>Time</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((plan) => (
              <PlanRow key={plan.id} plan={plan} />
            ))}
          </Table.Tbody>
        </Table>
      )}
      {more > 0 && (
        <Text size="sm" className="quiet numbers" p="sm">
          and {countOf(more, 'plan')} more
        </Text>
      )}
    </Card>
  );
}

function PlanRow({ plan }: { plan: OverviewPlan }) {
  const { id, name, created_by, state, counts, replicas_per_second: rate, started_at } = plan;
  const bad = counts.failed + counts.blocked;
  const waits = waitsInWords(plan);
  const time = timeFigure({ ...plan, finished_at: null });
  return (
    <Table.Tr>
      <Table.Td className={looks.name}>
        <Anchor component={Link} href={`/plans/${id}`} fw={600} size="sm">
          {visibleLine(name)}
        </Anchor>
        <Text size="xs" className="quiet">
          by {created_by}
        </Text>
      </Table.Td>
      <Table.Td>
        <PlanStateBadge state={state} />
        {waits && (
          <Text size="xs" mt={2}>
            {waits}
          </Text>
        )}
        {plan.waiting && plan.waiting.code !== 'person' && (
          <Text size="xs" mt={2} className="quiet">
            {withLocalTimes(plan.waiting.message)}
          </Text>
        )}
      </Table.Td>
      <Table.Td className={looks.counts}>
        <CountsBar counts={counts} />
        <Text size="xs" className="quiet numbers" mt={4}>
          {progressInWords({ counts, started_at, finished_at: null })}
          {bad > 0 && (
            <>
              ,{' '}
              <Anchor component={Link} href={`/plans/${id}/failures`} size="xs" underline="always">
                {bad.toLocaleString('en')} failed or blocked
              </Anchor>
            </>
          )}
        </Text>
      </Table.Td>
      <Table.Td className={looks.figure}>
        {started_at === null ? '–' : formatNumber(rate, 1)}
        <Text size="xs" className="quiet">
          a second
        </Text>
      </Table.Td>
      <Table.Td className={looks.figure}>
        {time.name} {time.value}
        <Text size="xs" className="quiet">
          {time.beside}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

/** No plan is open: when the last one ended, and how. */
function LastPlan() {
  const may = useMay()('POST /v1/plans');
  const plans = useQuery({
    queryKey: ['plans', 'last ended'],
    queryFn: () => keyferry.request('GET /v1/plans', { query: { state: endedPlanStates, limit: 20 } }),
    refetchInterval: 30_000,
  });
  // The one that was submitted last need not be the one that ended last.
  const last = plans.data?.items.toSorted((a, b) => ((a.finished_at ?? '') < (b.finished_at ?? '') ? 1 : -1))[0];
  return (
    <Empty title="No plan is running or waiting">
      {last?.finished_at && (
        <Text size="sm" component="div">
          <Anchor component={Link} href={`/plans/${last.id}`} size="sm" fw={600} underline="always">
            {last.name}
          </Anchor>{' '}
          was the last to end, at <Time at={last.finished_at} />: <PlanStateBadge state={last.state} />
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

/** What a plan without progress waits for; null: it makes progress. */
function waitsInWords({ waits_for, state, start_at, window }: OverviewPlan, now: Date = new Date()): string | null {
  switch (waits_for) {
    case null:
      return null;
    case 'approval':
      return 'Waiting for approval';
    case 'window':
      return window === null ? 'Waiting for its window' : `Window opens ${localTime(window.opens_at, now)}`;
    case 'start_at':
      return start_at === null ? 'Waiting for its start' : `Starts ${localTime(start_at, now)}`;
    case 'circuit':
      return 'Waiting for CCKM';
    case 'person':
      return state === 'previewed' ? 'Waiting to be executed' : 'Waiting to be resumed';
  }
}
