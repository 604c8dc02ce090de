import type { DrillView } from '@keyferry/core';
import { Box, Button, Group, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { Time } from '../display/time.tsx';
import { withLocalTimes } from '../display/with-local-times.ts';
import looks from './log.module.css';

const pageSize = 200;

/** All that happened, in its order. */
export default function Log({ drill }: { drill: DrillView }) {
  const log = useInfiniteQuery({
    queryKey: ['drill', drill.id, 'part', 'log'],
    queryFn: ({ pageParam }) => keyferry.listDrillLog(drill.id, { limit: pageSize, cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: drill.finished_at === null && 5_000,
  });
  const entries = log.data?.pages.flatMap(({ items }) => items);
  if (!entries) {
    return (
      <Box p="md">
        {log.error ? (
          <Failure error={log.error} what="the log" onRetry={() => void log.refetch()} />
        ) : (
          <Loading what="the log" heights={[28, 28, 28]} />
        )}
      </Box>
    );
  }
  if (entries.length === 0) return <Empty title="Nothing has happened yet" />;
  return (
    <>
      <ol className={looks.log}>
        {entries.map(({ seq, at, step, kind, message }) => (
          <li key={seq} className={looks.entry}>
            <Text size="sm" component="div" className="numbers">
              <Time at={at} />
            </Text>
            <Text size="sm" className="quiet">
              {step ?? kind}
            </Text>
            <Text size="sm">{withLocalTimes(message)}</Text>
          </li>
        ))}
      </ol>
      {log.hasNextPage && (
        <Group justify="center" p="sm">
          <Button variant="default" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            More
          </Button>
        </Group>
      )}
    </>
  );
}
