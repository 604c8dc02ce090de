import {
  type CoverageState,
  coverageStates,
  type DrillKeyView,
  type DrillView,
  replicaStates,
  visibleLine,
} from '@keyferry/core';
import { Anchor, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Listing, MoreRows, usePages } from '../display/listing.tsx';
import { Time } from '../display/time.tsx';
import { regionName } from '../regions/region-names.ts';
import { coverageLooks } from '../states/coverage-states.ts';
import { replicaLooks } from '../states/replica-states.ts';
import { StateGlyph } from '../states/state-look.tsx';

const pageSize = 50;

/** What becomes of each key in each Region. */
export default function Keys({ drill }: { drill: DrillView }) {
  const keys = usePages({
    queryKey: ['drill', drill.id, 'part', 'keys'],
    readPage: (cursor) =>
      keyferry.request('GET /v1/drills/{id}/keys', { id: drill.id, query: { limit: pageSize, cursor } }),
    refetchInterval: drill.finished_at === null && 5_000,
    enabled: drill.state !== 'resolving',
  });
  if (drill.state === 'resolving') return <Empty title="Looking up the keys in CCKM" />;
  return (
    <>
      <Listing what="the keys" query={keys} rows={keys.rows} height={40} none={<Empty title="The drill has no keys" />}>
        {(rows) => <KeyTable rows={rows} />}
      </Listing>
      <MoreRows query={keys}>More of {drill.keys?.toLocaleString('en')} keys</MoreRows>
    </>
  );
}

function KeyTable({ rows }: { rows: readonly DrillKeyView[] }) {
  const regions = [...new Set(rows.flatMap(({ cells }) => cells.map(({ region }) => region)))];
  return (
    <Table.ScrollContainer minWidth={260 + regions.length * 150}>
      <Table highlightOnHover verticalSpacing={8} horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Key</Table.Th>
            {regions.map((region) => (
              <Table.Th key={region}>
                {region}
                <Text size="xs" className="quiet">
                  {regionName(region)}
                </Text>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((key) => (
            <Table.Tr key={key.key_id} style={{ verticalAlign: 'top' }}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                <Anchor component={Link} href={`/keys/${encodeURIComponent(key.key_id)}`} size="sm" fw={600}>
                  {visibleLine(key.alias ?? key.mrk ?? key.key_id)}
                </Anchor>
                <Text size="xs" className="quiet numbers">
                  {key.account}, primary was in {key.primary_region ?? 'no known Region'}
                </Text>
              </Table.Td>
              {regions.map((region) => (
                <Table.Td key={region}>
                  <Cell cell={key.cells.find((one) => one.region === region)} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What is known of a key in a Region now, what it was when the drill began, and what the drill is doing to it. */
function Cell({ cell }: { cell: DrillKeyView['cells'][number] | undefined }) {
  if (!cell) return <span className="quiet">–</span>;
  const { before, now, proven_at: proven, replica, operation, error_code: error, plan_id: plan } = cell;
  return (
    <>
      <Text size="sm">
        <Covered state={now ?? before} />
      </Text>
      {now !== null && now !== before && (
        <Text size="xs" className="quiet">
          was {labelOf(before).toLowerCase()}
        </Text>
      )}
      {now === null && (
        <Text size="xs" className="quiet">
          when it began
        </Text>
      )}
      {replica !== null && plan !== null && (
        <Anchor component={Link} href={`/plans/${plan}`} size="xs">
          {operation === 'promote' ? 'Promotion' : 'Replication'}: {replicaLabel(replica)}
          {error && `, ${error}`}
        </Anchor>
      )}
      {proven && (
        <Text size="xs" className="quiet" component="div">
          proven <Time at={proven} />
        </Text>
      )}
    </>
  );
}

function Covered({ state }: { state: string }) {
  const known = coverageStates.find((one) => one === state);
  if (!known) return state;
  return (
    <>
      <StateGlyph look={coverageLooks[known]} /> {coverageLooks[known].label}
    </>
  );
}

function labelOf(state: string): string {
  return coverageLooks[state as CoverageState]?.label ?? state;
}

function replicaLabel(state: string): string {
  const known = replicaStates.find((one) => one === state);
  return (known ? replicaLooks[known].label : state).toLowerCase();
}
