import type { LaneView } from '@keyferry/core';
import { Progress, Text } from '@mantine/core';
import { standingLooks, standingOf } from '../states/lane-standings.ts';
import { shareOf } from './lane-pace.ts';

/** How fast a lane goes, as a share of its quota. */
export function RateBar({ lane }: { lane: LaneView }) {
  const { quota_per_second, effective_per_second, default_quota_per_second, circuit } = lane;
  const standing = standingOf(lane);
  const down = circuit !== 'closed';
  return (
    <>
      <Text size="sm" className="numbers">
        {down ? 'Probes' : effective_per_second.toLocaleString(undefined, { maximumFractionDigits: 2 })}{' '}
        <Text span size="xs" className="quiet">
          of {quota_per_second.toLocaleString()} a second
        </Text>
      </Text>
      <Progress
        value={down ? 0 : 100 * shareOf(lane)}
        color={standing === 'clear' ? 'ferry' : standingLooks[standing].colour}
        size={5}
        mt={4}
        aria-hidden
      />
      {quota_per_second !== default_quota_per_second && (
        <Text size="xs" className="quiet numbers" mt={2}>
          Set here; the default is {default_quota_per_second.toLocaleString()}
        </Text>
      )}
    </>
  );
}
