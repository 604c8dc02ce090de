import type { DrillState, DrillView, PlanState, ReplicaState } from '@keyferry/core';
import { Badge, Tooltip } from '@mantine/core';
import { IconMask } from '@tabler/icons-react';
import { drillLooks } from '../states/drill-states.ts';
import { type LaneStanding, standingLooks } from '../states/lane-standings.ts';
import { planLooks } from '../states/plan-states.ts';
import { replicaLooks } from '../states/replica-states.ts';
import { StateGlyph } from '../states/state-look.tsx';

export function PlanStateBadge({ state }: { state: PlanState }) {
  return <Coloured {...planLooks[state]} />;
}

export function DrillStateBadge({ state }: { state: DrillState }) {
  return <Coloured {...drillLooks[state]} />;
}

function Coloured({ label, colour }: { label: string; colour: string }) {
  return (
    <Badge color={colour} c="var(--mantine-color-text)" variant="light" radius="sm" tt="none" fw={600}>
      {label}
    </Badge>
  );
}

export function ReplicaStateBadge({ state }: { state: ReplicaState }) {
  return (
    <Badge variant="default" radius="sm" tt="none" fw={600} leftSection={<StateGlyph look={replicaLooks[state]} />}>
      {replicaLooks[state].label}
    </Badge>
  );
}

/** A rehearsal must never be taken for the real thing, nor that for a rehearsal. */
export function ModeBadge({ mode }: { mode: DrillView['mode'] }) {
  const [label, meaning] =
    mode === 'rehearse'
      ? ['Rehearsal', 'Nothing is changed: steps that would change something are previewed or skipped']
      : ['Executes changes', 'Its steps change keys'];
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

export function LaneStandingBadge({ standing }: { standing: LaneStanding }) {
  const { label, colour, meaning } = standingLooks[standing];
  return (
    <Tooltip label={meaning} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
      <Badge
        color={colour}
        variant={standing === 'down' ? 'filled' : 'dot'}
        radius="sm"
        tt="none"
        fw={600}
        flex="none"
        tabIndex={0}
      >
        {label}
      </Badge>
    </Tooltip>
  );
}

/** How much is wrong, beside the name of the tab that tells of it. */
export function TroubleCount({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <Badge color="red" variant="light" size="sm" className="numbers">
      {count.toLocaleString('en')}
    </Badge>
  );
}
