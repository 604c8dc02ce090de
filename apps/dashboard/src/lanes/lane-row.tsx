import { formatNumber, formatShare, type LaneView } from '@keyferry/core';
import { Button, Progress, Table, Text, Tooltip } from '@mantine/core';
import { atLeast } from '../display/at-least.ts';
import { LaneStandingBadge } from '../display/badges.tsx';
import { standingLooks, standingOf } from '../states/lane-standings.ts';
import { secondsPending, shareOf } from './lane-pace.ts';
import classes from './lanes.module.css';
import { OpenCircuit, ResetCircuit } from './open-circuit.tsx';

/** `onChange` left out: the caller may not set its quota. */
export function LaneRow({ lane, onChange }: { lane: LaneView; onChange?: (() => void) | undefined }) {
  const { account, region, operation, in_flight, pending, throttled_total, circuit } = lane;
  return (
    <Table.Tr>
      <Table.Td className={classes.name}>
        <Text size="sm" fw={600}>
          {region}{' '}
          <Text span fw={400}>
            {operation}
          </Text>
        </Text>
        <Text size="xs" className="quiet numbers">
          {account}
        </Text>
      </Table.Td>
      <Table.Td className={classes.standing}>
        <LaneStandingBadge standing={standingOf(lane)} />
        <Why lane={lane} />
        {circuit !== 'closed' && (
          <ResetCircuit
            id={lane.id}
            of={`${operation} in ${region}, ${account}`}
            pending={pending}
            changes={['lanes']}
          />
        )}
      </Table.Td>
      <Table.Td className={classes.rate}>
        <RateBar lane={lane} />
      </Table.Td>
      <Table.Td className={classes.count} data-of="in flight">
        {in_flight.toLocaleString('en')}
      </Table.Td>
      <Table.Td className={classes.count} data-of="pending">
        {pending.toLocaleString('en')}
        {pending > 0 && circuit === 'closed' && (
          <Tooltip label="At least, at the rate it goes at now">
            <Text size="xs" className="quiet">
              {atLeast(secondsPending(lane))}
            </Text>
          </Tooltip>
        )}
      </Table.Td>
      <Table.Td className={classes.count} data-of="throttles">
        {throttled_total.toLocaleString('en')}
      </Table.Td>
      {onChange && (
        <Table.Td className={classes.action}>
          <Button
            size="compact-xs"
            variant="default"
            onClick={onChange}
            aria-label={`Change quota of ${operation} in ${region}, ${account}`}
          >
            Change quota
          </Button>
        </Table.Td>
      )}
    </Table.Tr>
  );
}

/** Since when and why its circuit is open, or what throttling has left. */
function Why({ lane: { circuit_since, circuit_reason, rate_factor } }: { lane: LaneView }) {
  if (circuit_since !== null) {
    return (
      <Text size="xs" className="quiet" mt={2}>
        <OpenCircuit since={circuit_since} reason={circuit_reason} />
      </Text>
    );
  }
  if (rate_factor === 1) return null;
  return (
    <Text size="xs" className="quiet" mt={2}>
      Slowed to {formatShare(rate_factor)}
    </Text>
  );
}

/** How fast a lane may go now, as a share of its quota; nothing goes through one that is idle. */
function RateBar({ lane }: { lane: LaneView }) {
  const { quota_per_second, effective_per_second, default_quota_per_second, circuit } = lane;
  const idle = lane.in_flight + lane.pending === 0;
  const standing = standingOf(lane);
  const down = circuit !== 'closed';
  return (
    <>
      <Text size="sm" className="numbers">
        {down ? 'Probes' : `${idle ? 'Idle, up to ' : ''}${formatNumber(effective_per_second, 2)}`}{' '}
        <Text span size="xs" className="quiet">
          of {quota_per_second.toLocaleString('en')} a second
        </Text>
      </Text>
      <Progress
        value={down || idle ? 0 : 100 * shareOf(lane)}
        color={standing === 'clear' ? 'ferry' : standingLooks[standing].colour}
        size={5}
        mt={4}
        aria-hidden
      />
      {quota_per_second !== default_quota_per_second && (
        <Text size="xs" className="quiet numbers" mt={2}>
          Set here; the default is {default_quota_per_second.toLocaleString('en')}
        </Text>
      )}
    </>
  );
}
