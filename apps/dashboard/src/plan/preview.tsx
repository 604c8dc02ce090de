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

/** What the plan would do: how much, how long, at what price, and what blocks it. */
export default function Preview({ plan }: { plan: PlanView }) {
  const { data: preview, error, isPending, refetch } = usePreview(plan);
  if (plan.resolved_sha256 === null) {
    return <Empty title="The preview is ready once the keys are resolved" />;
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
          ['Already present', counts.already_present.toLocaleString('en')],
          ['Blocked', counts.blocked.toLocaleString('en')],
          [
            'Time',
            `About ${durationInWords(preview.expected_seconds)} with headroom; ${atLeast(preview.lower_bound_seconds)} by the AWS quotas`,
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
        <Section title="Not created, and the fix">
          <Codes items={preview.reasons} linkTo={(code) => tabPath(plan.id, 'replicas', { error_code: code })} />
        </Section>
      )}
      {preview.warnings.length > 0 && (
        <Section title="Warnings">
          <Codes items={preview.warnings} />
        </Section>
      )}
      {preview.lanes.length > 0 && (
        <Section title="Lanes, the slowest first">
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
  return `${when}; ${fits ? 'the plan fits into it' : 'the plan does not fit into it and continues in the next'}`;
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

/** Beyond so many lanes the rest, which are faster, are only counted. */
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
            <Table.Th ta="right">Requests counted by AWS</Table.Th>
            <Table.Th ta="right">Least time</Table.Th>
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
        {more > 0 && <Table.Caption>and {more.toLocaleString('en')} more lanes, none of them slower</Table.Caption>}
      </Table>
    </Table.ScrollContainer>
  );
}
