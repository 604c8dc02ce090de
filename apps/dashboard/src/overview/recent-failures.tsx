import { countOf, type OverviewView } from '@keyferry/core';
import { Anchor, Card, Code, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { Time } from '../display/time.tsx';
import looks from './overview.module.css';

type Failures = OverviewView['failures'];

/** What was given up in the last 24 hours, by cause, and what to do about it. */
export function RecentFailures({ failures }: { failures: Failures }) {
  return (
    <Card withBorder padding={0} component="section" aria-label="Failures of the last 24 hours">
      <Title order={2} size="h5" px="sm" py="xs">
        Failures of the last 24 hours
      </Title>
      {failures.length === 0 ? (
        <Text size="sm" className="quiet" px="sm" pb="sm">
          None: no replica was given up.
        </Text>
      ) : (
        <ul className={looks.list}>
          {failures.map((failure) => (
            <Cause key={failure.code} failure={failure} />
          ))}
        </ul>
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
