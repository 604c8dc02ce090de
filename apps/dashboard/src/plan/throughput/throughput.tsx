import {
  countOf,
  durationInWords,
  formatNumber,
  type PlanView,
  type ThroughputView,
  visibleLine,
} from '@keyferry/core';
import { Box, Skeleton, Stack, Table, Text } from '@mantine/core';
import { lazy, memo, Suspense } from 'react';
import { Empty } from '../../display/empty.tsx';
import { Failure } from '../../display/failure.tsx';
import { Loading } from '../../display/loading.tsx';
import { localTime } from '../../display/local-time.ts';
import { Time } from '../../display/time.tsx';
import { useThroughput } from '../plan-queries.ts';
import { type Rates, ratesOf } from './rates.ts';

// The charts are the largest part of the dashboard: loaded only where one is drawn.
const RateChart = lazy(async () => ({ default: (await import('./rate-chart.tsx')).RateChart }));

/** The rate of the plan over time, beside what its quotas allow. */
export default function Throughput({ plan }: { plan: PlanView }) {
  const { data: view, error, refetch } = useThroughput(plan);
  if (plan.started_at === null) {
    return <Empty title="Not started: no call has been made" />;
  }
  if (!view) {
    return (
      <Box p="md">
        {error ? (
          <Failure error={error} what="the throughput" onRetry={() => void refetch()} />
        ) : (
          <Loading what="the throughput" heights={[320]} />
        )}
      </Box>
    );
  }
  return <Drawn view={view} finished={plan.finished_at !== null} />;
}

/** Drawn again only with new figures: the plan changes all the time, and charts are slow. */
const Drawn = memo(function Drawn({ view, finished }: { view: ThroughputView; finished: boolean }) {
  const rates = ratesOf(view);
  return (
    <Stack p="md" gap="md">
      <Text size="sm" component="p" m={0}>
        {inWords(view, rates, finished)}
      </Text>
      <div aria-hidden>
        <Suspense fallback={<Skeleton height={320} />}>
          <RateChart rates={rates} quota={view.quota_per_second} />
        </Suspense>
      </div>
      <RateTable rates={rates} />
    </Stack>
  );
});

/** What the chart shows, in numbers. */
function inWords(
  { quota_per_second: quota, effective_per_second: effective, slice_seconds, retries }: ThroughputView,
  rates: readonly Rates[],
  finished: boolean,
): string {
  const highest = Math.max(0, ...rates.map(({ accepted }) => accepted));
  const allowed = finished
    ? `The AWS quotas of its lanes allowed ${formatNumber(quota, 2)} replicas a second, ${formatNumber(effective, 2)} of it used.`
    : `The AWS quotas of its lanes allow ${formatNumber(quota, 2)} replicas a second; ${formatNumber(effective, 2)} after headroom and throttling.`;
  return [
    allowed,
    `Highest rate: ${formatNumber(highest, 2)} accepted a second over ${durationInWords(slice_seconds)}.`,
    ...(retries?.commands ?? []).map(retryInWords),
  ].join(' ');
}

function retryInWords({ at, by, error_code, region, accepted, seconds }: RetryCommand): string {
  const what = [error_code, region && `in ${region}`].filter(Boolean).join(' ') || 'all failures';
  return `Retried ${what} by ${visibleLine(by ?? 'unknown')} at ${localTime(at)}: ${countOf(accepted, 'replica')} accepted in ${durationInWords(seconds)}.`;
}

type RetryCommand = NonNullable<ThroughputView['retries']>['commands'][number];

function RateTable({ rates }: { rates: readonly Rates[] }) {
  return (
    <details>
      <summary>
        <Text span size="sm">
          As a table
        </Text>
      </summary>
      <Table.ScrollContainer minWidth={420} maxHeight={360}>
        <Table stickyHeader className="numbers" mt="xs" verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>From</Table.Th>
              <Table.Th ta="right">Accepted a second</Table.Th>
              <Table.Th ta="right">Usable a second</Table.Th>
              <Table.Th ta="right">Failed a second</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rates.map(({ at, accepted, usable, failed }) => (
              <Table.Tr key={at.getTime()}>
                <Table.Td>
                  <Time at={at} />
                </Table.Td>
                <Table.Td ta="right">{formatNumber(accepted, 2)}</Table.Td>
                <Table.Td ta="right">{formatNumber(usable, 2)}</Table.Td>
                <Table.Td ta="right">{formatNumber(failed, 2)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </details>
  );
}
