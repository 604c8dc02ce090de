import { finishedCount, type PlanView } from '@keyferry/core';
import { Card, Group, Stack, Text } from '@mantine/core';
import { CountsBar } from '../../display/states-bar.tsx';
import { useOpenTab } from '../use-open-tab.ts';
import { Figures } from './figures.tsx';
import { Legend } from './legend.tsx';

/** How far the plan is, and how fast it goes. */
export function Progress({ plan }: { plan: PlanView }) {
  const { counts } = plan;
  const done = finishedCount(counts);
  // It has a legend of its own, which filters it.
  const matrixIsOpen = useOpenTab(plan) === 'matrix';
  return (
    <Card withBorder padding={0}>
      <Stack gap="sm" p="md">
        <Group justify="space-between" gap="xs">
          <Text fw={600} className="numbers">
            {counts.total === 0
              ? 'No replicas yet'
              : `${done.toLocaleString()} of ${counts.total.toLocaleString()} replicas settled`}
          </Text>
          {counts.total > 0 && (
            <Text fw={600} className="numbers">
              {percent(done, counts.total)}
            </Text>
          )}
        </Group>
        <CountsBar counts={counts} size={14} />
        {!matrixIsOpen && <Legend plan={plan} />}
      </Stack>
      <Figures plan={plan} />
    </Card>
  );
}

/** Rounded down: 100 % is said of nothing but all. */
function percent(part: number, whole: number): string {
  return `${Math.floor((100 * part) / whole)} %`;
}
