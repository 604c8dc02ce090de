import { Anchor, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useCaller } from '../api/caller.ts';
import { Empty } from '../display/empty.tsx';

/** The caller may not write something; `who` may. */
export function NotAllowed({ to, who, back }: { to: string; who: string; back: string }) {
  const { role } = useCaller();
  return (
    <Empty title={`Your role, ${role}, cannot ${to}`}>
      <Text size="sm" className="quiet">
        {who} can.
      </Text>
      <Anchor component={Link} href={back}>
        Back
      </Anchor>
    </Empty>
  );
}
