import { countOf, type OverviewView } from '@keyferry/core';
import { Anchor, Card, Code, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { Time } from '../display/time.tsx';
import looks from './overview.module.css';

type Failures = OverviewView['failures'];

/** Replicas that failed in the last 24 hours, by cause, and the fix. */
export function RecentFailures({ failures, lastDay }: { failures: Failures; lastDay: OverviewView['last_day'] }) {
  return (
    <Card withBorder padding={0} component="section" aria-label="Failures of the last 24 hours">
      <Title order={2} size="h5" px="sm" py="xs">
        Failures of the last 24 hours
      </Title>
      {failures.length === 0 ? (
        <Text size="sm" className="quiet" px="sm" pb="sm">
          None.
        </Text>
      ) : (
        <ul className={looks.list}>
          {failures.map((failure) => (
            <Cause key={failure.code} failure={failure} />
          ))}
        </ul>
      )}
      {lastDay && lastDay.blocked > 0 && lastDay.newest_plan && (
        <Text size="sm" className="quiet numbers" px="sm" pb="sm">
          {countOf(lastDay.blocked, 'replica')} blocked by preflight, newest in{' '}
          <Anchor component={Link} href={`/plans/${lastDay.newest_plan.id}/failures`} size="sm" underline="always">
            {lastDay.newest_plan.name}
          </Anchor>
        </Text>
      )}
    </Card>
  );
}

function Cause({ failure }: { failure: Failures[number] }) {
  const { code, count, plans, newest_plan: plan, last_seen_at, message, what_to_do } = failure;
  return (
    <li className={looks.row}>
      <div className={looks.main}>
        <Text size="sm">
          <b className="numbers">{count.toLocaleString('en')} ×</b> <Code>{code}</Code>
        </Text>
        <Text size="sm" mt={4}>
          {message} <b>{what_to_do}</b>
        </Text>
        <Text size="xs" className="quiet" mt={4}>
          In{' '}
          <Anchor component={Link} href={`/plans/${plan.id}/failures`} size="xs" underline="always">
            {plan.name}
          </Anchor>
          {plans > 1 && ` and ${countOf(plans - 1, 'other plan')}`}, last <Time at={last_seen_at} />
        </Text>
      </div>
    </li>
  );
}
