import { drillStates } from '@keyferry/core';
import { Anchor, Button, Card, Code, Group, Select, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link, useSearchParams } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Listing, MoreRows, usePages } from '../display/listing.tsx';
import { PageHead } from '../display/page-head.tsx';
import { drillLooks } from '../states/drill-states.ts';
import { DrillTable } from './drill-table.tsx';

const pageSize = 50;

/** All drills, newest first; the filter stands in the address. */
export default function Drills() {
  const [search, setSearch] = useSearchParams();
  const may = useMay();
  const state = drillStates.find((one) => one === search.get('state'));
  const drills = usePages({
    queryKey: ['drills', state ?? 'all'],
    readPage: (cursor) =>
      keyferry.request('GET /v1/drills', { query: { limit: pageSize, cursor, ...(state ? { state } : {}) } }),
    refetchInterval: 5_000,
  });
  return (
    <>
      <PageHead title="Drills">
        {may('POST /v1/drills') && (
          <Button component={Link} href="/drills/new" leftSection={<IconPlus size={16} aria-hidden />}>
            New drill
          </Button>
        )}
      </PageHead>
      <Card withBorder padding={0}>
        <Group p="sm">
          <Select
            aria-label="State"
            placeholder="Every state"
            clearable
            data={drillStates.map((value) => ({ value, label: drillLooks[value].label }))}
            value={state ?? null}
            onChange={(next) => setSearch(next === null ? {} : { state: next }, { replace: true })}
          />
        </Group>
        <Listing
          what="the drills"
          query={drills}
          rows={drills.rows}
          height={44}
          none={state ? <NoneOfState label={drillLooks[state].label} /> : <NoDrills />}
        >
          {(rows) => <DrillTable rows={rows} />}
        </Listing>
        <MoreRows query={drills}>Older drills</MoreRows>
      </Card>
    </>
  );
}

function NoneOfState({ label }: { label: string }) {
  return (
    <Empty title={`No drill is in the state “${label}”`}>
      <Anchor component={Link} href="/drills">
        Show all drills
      </Anchor>
    </Empty>
  );
}

function NoDrills() {
  return (
    <Empty title="No drill has been run yet">
      <Text size="sm" className="quiet" maw="60ch">
        A drill proves that your keys survive the loss of a Region. Start with a rehearsal, which changes nothing: write{' '}
        <code>mode: rehearse</code> in its runbook. Create one here, or run a file:
      </Text>
      <Code block ta="left" mt="xs" tabIndex={0}>
        keyferry drill validate -f runbook.yaml{'\n'}keyferry drill run -f runbook.yaml
      </Code>
    </Empty>
  );
}
