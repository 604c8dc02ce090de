import { type CoveragePolicyView, countOf } from '@keyferry/core';
import { Anchor, Box, Skeleton, Stack, Table, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Link } from 'wouter';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { Time } from '../display/time.tsx';
import { gapsInWords, percent } from '../states/coverage-states.ts';
import { type DoneCheck, useTrend } from './coverage-queries.ts';

// The charts are the largest part of the dashboard: loaded only where one is drawn.
const TrendChart = lazy(async () => ({ default: (await import('./trend-chart.tsx')).TrendChart }));

const shown = 200;

/** How a policy has fared in its last checks. */
export default function Trend({ policy }: { policy: CoveragePolicyView }) {
  const { data: checks, error, refetch } = useTrend(policy, shown);
  if (!checks) {
    return (
      <Box p="md">
        {error ? (
          <Failure error={error} what="the trend" onRetry={() => void refetch()} />
        ) : (
          <Loading what="the trend" heights={[320]} />
        )}
      </Box>
    );
  }
  const [first, last] = [checks[0], checks.at(-1)];
  if (!first || !last) return <Empty title="No check has been made yet" />;
  return (
    <Stack p="md" gap="md">
      <Text size="sm" component="p" m={0}>
        {checks.length === 1
          ? `The one check so far found ${percent(last.covered_percent)} covered.`
          : `From ${percent(first.covered_percent)} to ${percent(last.covered_percent)} covered over ${countOf(checks.length, 'check')}, with ${percent(Math.min(...checks.map((one) => one.covered_percent)))} at the lowest.`}
      </Text>
      <div aria-hidden>
        <Suspense fallback={<Skeleton height={280} />}>
          <TrendChart checks={checks} />
        </Suspense>
      </div>
      <CheckTable checks={checks.toReversed()} />
    </Stack>
  );
}

function CheckTable({ checks }: { checks: readonly DoneCheck[] }) {
  return (
    <Table.ScrollContainer minWidth={560} maxHeight={420}>
      <Table stickyHeader className="numbers" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Checked</Table.Th>
            <Table.Th ta="right">Covered</Table.Th>
            <Table.Th>Not covered</Table.Th>
            <Table.Th>Requested by</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {checks.map((check) => (
            <Table.Tr key={check.id}>
              <Table.Td>
                <Anchor component={Link} href={`/checks/${check.id}`} size="sm">
                  <Time at={check.finished_at} />
                </Anchor>
              </Table.Td>
              <Table.Td ta="right">{percent(check.covered_percent)}</Table.Td>
              <Table.Td>{(check.counts && gapsInWords(check.counts)) || 'nothing'}</Table.Td>
              <Table.Td>{check.cause === 'scheduled' ? 'its schedule' : check.requested_by}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
