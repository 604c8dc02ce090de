import { finishedCount, type OverviewPlan, type OverviewView, visibleLine } from '@keyferry/core';
import { Anchor, Card, Group, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { PlanStateBadge } from '../display/badges.tsx';
import { counted } from '../display/counted.ts';
import { withLocalTimes } from '../display/local-time.ts';
import { CountsBar } from '../display/states-bar.tsx';
import { timeFigure } from '../display/time-figure.ts';
import { LastPlan } from './last-plan.tsx';
import looks from './unfinished-plans.module.css';
import { waitsInWords } from './waits-in-words.ts';

/** The plans that are not finished, what needs somebody first; when there is none, how the last one ended. */
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
          and {counted(more, 'plan')} more
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
      <Table.Td className={looks.state}>
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
          {finishedCount(counts).toLocaleString()} of {counts.total.toLocaleString()} settled
          {bad > 0 && (
            <>
              ,{' '}
              <Anchor component={Link} href={`/plans/${id}/failures`} size="xs" underline="always">
                {bad.toLocaleString()} failed or blocked
              </Anchor>
            </>
          )}
        </Text>
      </Table.Td>
      <Table.Td className={looks.figure} data-of="a second">
        {started_at === null ? '–' : rate.toLocaleString(undefined, { maximumFractionDigits: 1 })}
        <Text size="xs" className={`quiet ${looks.unit}`}>
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
