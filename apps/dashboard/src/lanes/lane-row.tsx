import { durationInWords, type ErrorCode, errorRule, type LaneView } from '@keyferry/core';
import { Button, Table, Text, Tooltip } from '@mantine/core';
import { LaneStandingBadge } from '../display/badges.tsx';
import { Time } from '../display/time.tsx';
import { standingOf } from '../states/lane-standings.ts';
import { secondsPending } from './lane-pace.ts';
import classes from './lanes.module.css';
import { RateBar } from './rate-bar.tsx';
import { ResetCircuit } from './reset-circuit.tsx';

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
        <ResetCircuit lane={lane} />
      </Table.Td>
      <Table.Td className={classes.rate}>
        <RateBar lane={lane} />
      </Table.Td>
      <Table.Td className={classes.count} data-of="in flight">
        {in_flight.toLocaleString()}
      </Table.Td>
      <Table.Td className={classes.count} data-of="pending">
        {pending.toLocaleString()}
        {pending > 0 && circuit === 'closed' && (
          <Tooltip label="At least, at the rate it goes at now">
            <Text size="xs" className="quiet">
              ≥ {durationInWords(secondsPending(lane))}
            </Text>
          </Tooltip>
        )}
      </Table.Td>
      <Table.Td className={classes.count} data-of="throttles">
        {throttled_total.toLocaleString()}
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
    const rule = circuit_reason === null ? undefined : errorRule(circuit_reason as ErrorCode);
    return (
      <Text size="xs" className="quiet" mt={2}>
        Since <Time at={circuit_since} />. {rule?.title} {rule?.operatorAdvice}
      </Text>
    );
  }
  if (rate_factor === 1) return null;
  return (
    <Text size="xs" className="quiet" mt={2}>
      To {Math.floor(100 * rate_factor)} % of its rate
    </Text>
  );
}
