import type { ReplicaState } from '@keyferry/core';
import { Badge } from '@mantine/core';
import { replicaLooks } from '../states/replica-states.ts';
import { StateGlyph } from './state-glyph.tsx';

export function ReplicaStateBadge({ state }: { state: ReplicaState }) {
  return (
    <Badge variant="default" radius="sm" tt="none" fw={600} leftSection={<StateGlyph look={replicaLooks[state]} />}>
      {replicaLooks[state].label}
    </Badge>
  );
}
