import { durationInWords, formatMoney, type PlanView, type PreviewView } from '@keyferry/core';
import { Anchor, Box, Code, Stack, Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { atLeast } from '../display/at-least.ts';
import { Empty } from '../display/empty.tsx';
import { Facts } from '../display/facts.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { localTime } from '../display/local-time.ts';
import { usePreview } from './plan-queries.ts';
import { tabPath } from './tabs.ts';

/** What the plan would do, or was to do: how much, how long, at what price, and what stands in its way. */
export default function Preview({ plan }: { plan: PlanView }) {
  const { data: preview, error, isPending, refetch } = usePreview(plan);
  if (plan.resolved_sha256 === null) {
    return <Empty title="What the plan would do is known once its keys are looked up" />;
  }
  if (!preview) {
    return (
      <Box p="md">
        {error && <Failure error={error} what="the preview" onRetry={() => void refetch()} />}
        {isPending && <Loading what="the preview" heights={[20, 20, 20, 20, 120]} />}
      </Box>
    );
  }
  const { monthly_cost: cost, window, counts } = preview;
  return (
    <Stack p="md" gap="lg">
      <Facts
        facts={[
          ['New replicas', `${cost.keys.toLocaleString('en')} of ${counts.total.toLocaleString('en')} replicas`],
          ['There already', counts.already_present.toLocaleString('en')],
          ['Blocked', counts.blocked.toLocaleString('en')],
          [
            'Time',
            `About ${durationInWords(preview.expected_seconds)} at the share of the quotas that is used; ${atLeast(preview.lower_bound_seconds, 'at least')} by the quotas alone`,
          ],
          preview.same_as_primary.length > 0 && ['From the primaries', preview.same_as_primary.join(', ')],
          window !== null && ['Maintenance window', windowInWords(window)],
          [
            'Price',
            `About ${formatMoney(cost)} a month for ${cost.keys.toLocaleString('en')} new keys. ${cost.assumption}`,
          ],
        ]}
      />
      {preview.reasons.length > 0 && (
        <Section title="What is not made, and what to do">
          <Codes items={preview.reasons} linkTo={(code) => tabPath(plan.id, 'replicas', { error_code: code })} />
        </Section>
      )}
      {preview.warnings.length > 0 && (
        <Section title="To know">
          <Codes items={preview.warnings} />
        </Section>
      )}
      {preview.lanes.length > 0 && (
        <Section title="What AWS meters, the slowest first">
          <Lanes lanes={preview.lanes} />
        </Section>
      )}
    </Stack>
  );
}

function windowInWords({ open, opens_at, closes_at, fits }: NonNullable<PreviewView['window']>): string {
  const when = open
    ? `Open until ${localTime(closes_at)}`
    : `Opens ${localTime(opens_at)}, closes ${localTime(closes_at)}`;
  return `${when}; ${fits ? 'the plan fits into it' : 'the plan does not fit into it, and goes on in the next'}`;
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      {children}
    </section>
  );
}

interface CodesProps {
  items: PreviewView['reasons'];
  linkTo?: (code: string) => string;
}

function Codes({ items, linkTo }: CodesProps) {
  return (
    <Stack gap={8}>
      {items.map(({ code, count, message, what_to_do: whatToDo }) => (
        <Text key={code} size="sm" className="numbers">
          <b>{count.toLocaleString('en')} ×</b>{' '}
          {linkTo ? (
            <Anchor component={Link} href={linkTo(code)} size="sm">
              <Code>{code}</Code>
            </Anchor>
          ) : (
            <Code>{code}</Code>
          )}{' '}
          {message} <span className="quiet">{whatToDo}</span>
        </Text>
      ))}
    </Stack>
  );
}

/** Beyond so many lanes the rest are quicker, and said as a number. */
const shownLanes = 20;

function Lanes({ lanes }: { lanes: PreviewView['lanes'] }) {
  const more = lanes.length - shownLanes;
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table className="numbers" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Lane</Table.Th>
            <Table.Th ta="right">Calls</Table.Th>
            <Table.Th ta="right">Requests as AWS counts them</Table.Th>
            <Table.Th ta="right">At least</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lanes.slice(0, shownLanes).map(({ id, calls, cost, seconds }) => (
            <Table.Tr key={id}>
              <Table.Td>{id}</Table.Td>
              <Table.Td ta="right">{calls.toLocaleString('en')}</Table.Td>
              <Table.Td ta="right">{cost.toLocaleString('en')}</Table.Td>
              <Table.Td ta="right">{durationInWords(seconds)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        {more > 0 && <Table.Caption>and {more.toLocaleString('en')} lanes more, none of them slower</Table.Caption>}
      </Table>
    </Table.ScrollContainer>
  );
}
