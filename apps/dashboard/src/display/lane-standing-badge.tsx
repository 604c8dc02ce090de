import { Badge, Tooltip } from '@mantine/core';
import { type LaneStanding, standingLooks } from '../states/lane-standings.ts';

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
