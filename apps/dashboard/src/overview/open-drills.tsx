import { closedDrillStates, type DrillState, drillStates } from '@keyferry/core';
import { Anchor, Card, Group, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { DrillTable } from '../drills/drill-table.tsx';

const open: readonly DrillState[] = drillStates.filter((state) => !closedDrillStates.includes(state));

/** The drills that run or wait for somebody; nothing while there is none. */
export function OpenDrills() {
  const { data } = useQuery({
    queryKey: ['drills', 'open'],
    queryFn: () => keyferry.listDrills({ state: open, limit: 20 }),
    enabled: useMay()('GET /v1/drills'),
    refetchInterval: 5_000,
  });
  if (!data || data.items.length === 0) return null;
  return (
    <Card withBorder padding={0} component="section" aria-label="Drills under way">
      <Group justify="space-between" px="sm" py="xs">
        <Title order={2} size="h5">
          Drills under way
        </Title>
        <Anchor component={Link} href="/drills" size="sm">
          All drills
        </Anchor>
      </Group>
      <DrillTable rows={data.items} />
    </Card>
  );
}
