import { Button, Card, Text } from '@mantine/core';
import { IconDownload, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { keyferry } from '../api/client.ts';
import { withSearch } from '../display/address.ts';
import { Empty } from '../display/empty.tsx';
import { Listing, MoreRows, usePages } from '../display/listing.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { type AuditChoice, choiceOf, isEmpty, queryOf } from './audit-choice.ts';
import { AuditFilter } from './audit-filter.tsx';
import { AuditTable } from './audit-table.tsx';

const pageSize = 100;

/**
 * Who changed what, and what was refused, newest first; the filter stands in the address. It is read again when asked to: each
 * page costs the API something.
 */
export default function Audit() {
  const [search, setSearch] = useSearchParams();
  const choice = choiceOf(search);
  const change = (next: Partial<AuditChoice>) => setSearch((now) => withSearch(now, { ...next }), { replace: true });
  const entries = usePages({
    queryKey: ['audit', choice],
    readPage: (cursor) => keyferry.request('GET /v1/audit', { query: { limit: pageSize, cursor, ...queryOf(choice) } }),
  });
  return (
    <>
      <PageHead title="Audit log" below={<Signed />}>
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          loading={entries.isRefetching}
          onClick={() => void entries.refetch()}
        >
          Refresh
        </Button>
        <Button
          component="a"
          href="/v1/audit/export"
          download
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          title="All entries with their signed checkpoints, for: keyferry audit verify"
        >
          Export the whole log
        </Button>
      </PageHead>
      <Card withBorder padding={0}>
        <AuditFilter choice={choice} change={change} onClear={() => setSearch({}, { replace: true })} />
        <Listing
          what="the audit log"
          query={entries}
          rows={entries.rows}
          height={32}
          none={<NoEntries filtered={!isEmpty(choice)} />}
        >
          {(rows) => <AuditTable rows={rows} onChoose={change} />}
        </Listing>
        <MoreRows query={entries}>Older entries</MoreRows>
      </Card>
    </>
  );
}

/** How much of the log is signed. */
function Signed() {
  const { data } = useQuery({
    queryKey: ['audit', 'last checkpoint'],
    queryFn: () => keyferry.request('GET /v1/audit/checkpoints', { query: { limit: 1 } }),
  });
  const last = data?.items[0];
  return (
    <Text size="sm" className="quiet">
      {last ? (
        <>
          Signed up to entry {last.seq.toLocaleString('en')}, at <Time at={last.at} />.
        </>
      ) : (
        data && 'Not signed: no KEYFERRY_SIGNING_KEY_FILE is set, or nothing has been signed yet.'
      )}
    </Text>
  );
}

function NoEntries({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <Empty title="No matching entries">
      <Text size="sm" className="quiet" maw="60ch">
        Loosen the filter. Caller, id and name must match exactly.
      </Text>
    </Empty>
  ) : (
    <Empty title="The audit log is empty" />
  );
}
