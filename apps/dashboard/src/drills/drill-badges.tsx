import type { DrillState, DrillView } from '@keyferry/core';
import { Badge, Tooltip } from '@mantine/core';
import { IconMask } from '@tabler/icons-react';
import { drillLooks } from '../states/drill-states.ts';

export function DrillStateBadge({ state }: { state: DrillState }) {
  const { label, colour } = drillLooks[state];
  return (
    <Badge color={colour} c="var(--mantine-color-text)" variant="light" radius="sm" tt="none" fw={600}>
      {label}
    </Badge>
  );
}

/** A rehearsal must never be taken for the real thing, nor that for a rehearsal. */
export function ModeBadge({ mode }: { mode: DrillView['mode'] }) {
  const [label, meaning] =
    mode === 'rehearse'
      ? ['Rehearsal', 'Nothing is changed: steps that would change something are previewed or skipped']
      : ['Live', 'Its steps change keys'];
  return (
    <Tooltip label={meaning} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
      <Badge
        variant="outline"
        color={mode === 'rehearse' ? 'grape' : 'gray'}
        c="var(--mantine-color-text)"
        radius="sm"
        tt="none"
        fw={600}
        tabIndex={0}
        leftSection={mode === 'rehearse' && <IconMask size={13} aria-hidden />}
        style={mode === 'rehearse' ? { borderStyle: 'dashed' } : undefined}
      >
        {label}
      </Badge>
    </Tooltip>
  );
}
