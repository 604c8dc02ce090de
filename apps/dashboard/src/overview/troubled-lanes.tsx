import { countOf, type ErrorCode, errorRule, formatShare, type OverviewView, parseLaneId } from '@keyferry/core';
import { Anchor, Card, Group, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { LaneStandingBadge } from '../display/badges.tsx';
import { Time } from '../display/time.tsx';
import { standingOf } from '../states/lane-standings.ts';
import looks from './overview.module.css';

type Lanes = OverviewView['lanes'];

/** How many are named; the page of the lanes has all. */
const named = 6;

/** The lanes that are down or throttled while work waits for them; how many others are, without work, in a line. */
export function TroubledLanes({ lanes: { items: all, more } }: { lanes: Lanes }) {
  const items = all.filter(({ waiting }) => waiting !== 0);
  const idle = all.length - items.length;
  const rest = Math.max(0, items.length - named) + more;
  return (
    <Card withBorder padding={0} component="section" aria-label="Lanes in trouble">
      <Group justify="space-between" px="sm" py="xs">
        <Title order={2} size="h5">
          Lanes in trouble
        </Title>
        <Anchor component={Link} href={all.length > 0 ? '/lanes?show=trouble' : '/lanes'} size="sm">
          {rest > 0 ? `All, with ${rest.toLocaleString('en')} more` : 'All lanes'}
        </Anchor>
      </Group>
      {items.length === 0 ? (
        <Text size="sm" className="quiet" px="sm" pb="sm">
          None: no work waits for a lane that is down or throttled.
        </Text>
      ) : (
        <ul className={looks.list}>
          {items.slice(0, named).map((lane) => (
            <Lane key={lane.id} lane={lane} />
          ))}
        </ul>
      )}
      {idle > 0 && (
        <Text size="xs" className="quiet numbers" px="sm" pb="sm">
          {countOf(idle, 'lane')} down or throttled without work waiting
        </Text>
      )}
    </Card>
  );
}

function Lane({ lane }: { lane: Lanes['items'][number] }) {
  const { id, circuit_since, circuit_reason, rate_factor, last_throttled_at, waiting } = lane;
  const key = parseLaneId(id);
  return (
    <li className={looks.row}>
      <div className={looks.main}>
        <Anchor component={Link} href={`/lanes?q=${encodeURIComponent(id)}`} size="sm" fw={600}>
          {key === null ? id : `${key.region} ${key.operation}`}
        </Anchor>
        <Text size="xs" className="quiet numbers">
          {key?.account}
          {waiting !== undefined && ` · ${countOf(waiting, 'call')} waiting`}
          {circuit_since !== null && (
            <>
              {' · '}since <Time at={circuit_since} />.{' '}
              {circuit_reason !== null && (errorRule(circuit_reason as ErrorCode)?.title ?? circuit_reason)}
            </>
          )}
          {circuit_since === null && last_throttled_at !== null && (
            <>
              {' · '}slowed to {formatShare(rate_factor)}, last throttled <Time at={last_throttled_at} />
            </>
          )}
        </Text>
      </div>
      <LaneStandingBadge standing={standingOf(lane)} />
    </li>
  );
}
