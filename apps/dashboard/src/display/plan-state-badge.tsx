import type { PlanState } from '@keyferry/core';
import { Badge } from '@mantine/core';
import { planLooks } from '../states/plan-states.ts';

export function PlanStateBadge({ state }: { state: PlanState }) {
  const { label, colour } = planLooks[state];
  return (
    <Badge color={colour} c="var(--mantine-color-text)" variant="light" radius="sm" tt="none" fw={600}>
      {label}
    </Badge>
  );
}
