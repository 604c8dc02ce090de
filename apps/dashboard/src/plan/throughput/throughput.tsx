import { durationInWords, formatNumber, type PlanView, type ThroughputView } from '@keyferry/core';
import { Box, Skeleton, Stack, Table, Text } from '@mantine/core';
import { lazy, memo, Suspense } from 'react';
import { Empty } from '../../display/empty.tsx';
import { Failure } from '../../display/failure.tsx';
import { Loading } from '../../display/loading.tsx';
import { Time } from '../../display/time.tsx';
import { useThroughput } from '../plan-queries.ts';
import { type Rates, ratesOf } from './rates.ts';

// The charts are the largest part of the dashboard: loaded only where one is drawn.
const RateChart = lazy(async () => ({ default: (await import('./rate-chart.tsx')).RateChart }));

/** How fast the plan went, and how fast it might have. */
export default function Throughput({ plan }: { plan: PlanView }) {
  const { data: view, error, refetch } = useThroughput(plan);
  if (plan.started_at === null) {
    return <Empty title="The plan has not started: nothing has been called yet" />;
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
  return <Drawn view={view} />;
}

/** Drawn anew only with new figures: the plan changes all the time, and charts are dear. */
const Drawn = memo(function Drawn({ view }: { view: ThroughputView }) {
  const rates = ratesOf(view);
  return (
    <Stack p="md" gap="md">
      <Text size="sm" component="p" m={0}>
        {inWords(view, rates)}
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

/** What the chart shows, for who cannot see it and for who wants the numbers. */
function inWords(
  { quota_per_second, effective_per_second, slice_seconds }: ThroughputView,
  rates: readonly Rates[],
): string {
  const highest = Math.max(0, ...rates.map(({ accepted }) => accepted));
  return (
    `The AWS quotas of its lanes allow ${formatNumber(quota_per_second, 2)} replicas a second; with the share that is used, and what ` +
    `throttling leaves of it, ${formatNumber(effective_per_second, 2)}. The most accepted was ${formatNumber(highest, 2)} a second, over ` +
    `${durationInWords(slice_seconds)}.`
  );
}

function RateTable({ rates }: { rates: readonly Rates[] }) {
  return (
    <details>
      <summary>
        <Text span size="sm">
          The same as a table
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
