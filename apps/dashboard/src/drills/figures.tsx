import type { DrillView, Runbook } from '@keyferry/core';
import { Anchor, Card, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { Facts } from '../display/facts.tsx';
import { RtoClock } from './rto-clock.tsx';

/** The clock, and what the drill is about. */
export function Figures({ drill }: { drill: DrillView }) {
  const { keys, regions, lost_regions: lost, baseline_check_id: baseline } = drill;
  const { rpo } = (drill.spec as Runbook).targets;
  return (
    <Card withBorder padding="md" component="section" aria-label="Clock and scope">
      <Stack gap="sm">
        <RtoClock drill={drill} size="lg" />
        <Facts
          facts={[
            ['Keys', keys === null ? 'being looked up' : keys.toLocaleString()],
            ['Regions', regions.join(', ')],
            lost.length > 0 && ['Taken as lost', <b key="lost">{lost.join(', ')}</b>],
            rpo !== null && ['RPO', rpo === 0 ? '0: no key material may be missing' : rpo],
            baseline !== null && [
              'Before',
              <Anchor key="check" component={Link} href={`/checks/${baseline}`} size="sm">
                Coverage when it began
              </Anchor>,
            ],
          ]}
        />
        <Text size="xs" className="quiet">
          Its keys are those of that first check, with their primaries where they were then.
        </Text>
      </Stack>
    </Card>
  );
}
