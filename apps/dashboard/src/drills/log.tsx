import type { DrillView } from '@keyferry/core';
import { Text } from '@mantine/core';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Listing, MoreRows, usePages } from '../display/listing.tsx';
import { withLocalTimes } from '../display/local-time.ts';
import { Time } from '../display/time.tsx';
import looks from './drill.module.css';

const pageSize = 200;

/** All that happened, in its order. */
export default function Log({ drill }: { drill: DrillView }) {
  const log = usePages({
    queryKey: ['drill', drill.id, 'part', 'log'],
    readPage: (cursor) =>
      keyferry.request('GET /v1/drills/{id}/log', { id: drill.id, query: { limit: pageSize, cursor } }),
    refetchInterval: drill.finished_at === null && 5_000,
  });
  return (
    <>
      <Listing what="the log" query={log} rows={log.rows} height={28} none={<Empty title="Nothing has happened yet" />}>
        {(entries) => (
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
        )}
      </Listing>
      <MoreRows query={log}>More</MoreRows>
    </>
  );
}
