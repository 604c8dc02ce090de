import { type CoverageCellView, type CoverageCheckView, type CoverageState, coverageStates } from '@keyferry/core';
import { Anchor, Badge, Button, Group, Stack, Table, Text, UnstyledButton } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'wouter';
import { keyferry } from '../api/client.ts';
import { withSearch } from '../display/address.ts';
import { Empty } from '../display/empty.tsx';
import { Listing, TurnPages } from '../display/listing.tsx';
import { withLocalTimes } from '../display/local-time.ts';
import { MatrixFilters } from '../matrix/matrix-filter.tsx';
import { regionName } from '../regions/region-names.ts';
import { coverageLooks } from '../states/coverage-states.ts';
import { StateGlyph } from '../states/state-look.tsx';
import looks from './gaps.module.css';

const pageSize = 100;

/** Every key × Region that is not covered, why, and what to do about it: a state at a time. */
export default function Gaps({ check }: { check: CoverageCheckView }) {
  const { filter, states, state, after, change, clear, turnTo } = useGapFilter(check);
  const { region, q } = filter;
  const page = useQuery({
    queryKey: ['coverage', 'check', check.id, 'gaps', state, region, q, after],
    queryFn: () =>
      keyferry.request('GET /v1/coverage/checks/{id}/cells', {
        id: check.id,
        query: {
          state: state ?? undefined,
          region: region ?? undefined,
          q: q || undefined,
          limit: pageSize,
          cursor: after,
        },
      }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    enabled: check.cells_kept && state !== null,
  });
  const filtered = region !== null || q !== '';
  if (!check.cells_kept) return <NotKept />;
  if (!check.counts || check.counts.total === 0) return <Empty title="The check found no keys" />;
  if (check.passed) return <Empty title="There are no gaps: every key is usable where it must be" />;
  return (
    <>
      <Stack gap="xs" p="sm" role="search" aria-label="Filter the gaps">
        <Group gap="xs">
          <MatrixFilters
            filter={filter}
            regions={check.regions}
            onChange={(changed) => {
              if (changed.q !== undefined) change('q', changed.q);
              if (changed.region !== undefined) change('region', changed.region);
            }}
          />
          {filtered && (
            <Button variant="subtle" onClick={clear}>
              Show all
            </Button>
          )}
        </Group>
        <GapStates states={states} chosen={state} onChoose={(next) => change('state', next)} />
      </Stack>
      <Listing
        what="the gaps"
        query={page}
        rows={state === null ? [] : page.data?.items}
        height={44}
        none={
          <Empty title="No matching gaps">
            <Button variant="default" size="xs" onClick={clear}>
              Show all
            </Button>
          </Empty>
        }
      >
        {(rows) => (
          <Table
            className={looks.table}
            highlightOnHover
            verticalSpacing={8}
            horizontalSpacing="sm"
            aria-busy={page.isPlaceholderData}
            opacity={page.isPlaceholderData ? 0.5 : 1}
          >
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Key</Table.Th>
                <Table.Th>Region</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th w="45%">Cause and fix</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((cell) => (
                <GapRow key={`${cell.key_id} ${cell.region}`} cell={cell} />
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Listing>
      <TurnPages page={page} after={after} turnTo={turnTo} />
    </>
  );
}

interface GapStatesProps {
  states: readonly { readonly state: CoverageState; readonly count: number }[];
  chosen: CoverageState | null;
  onChoose: (state: CoverageState) => void;
}

/** The states that there are gaps of, the worst first. */
function GapStates({ states, chosen, onChoose }: GapStatesProps) {
  return (
    <Group role="group" aria-label="State" gap={6}>
      {states.map(({ state, count }) => (
        <UnstyledButton
          key={state}
          className={looks.choice}
          aria-pressed={state === chosen}
          title={coverageLooks[state].meaning}
          onClick={() => onChoose(state)}
        >
          <StateGlyph look={coverageLooks[state]} />
          {coverageLooks[state].label}
          <span className="quiet numbers">{count.toLocaleString('en')}</span>
        </UnstyledButton>
      ))}
    </Group>
  );
}

function GapRow({ cell }: { cell: CoverageCellView }) {
  const { alias, mrk, key_id, account, primary_region, region, state, code, message } = cell;
  const look = coverageLooks[state];
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td className={looks.key}>
        {mrk === null ? (
          <Text size="sm" fw={600}>
            {key_id}
          </Text>
        ) : (
          <Anchor component={Link} href={`/keys/${encodeURIComponent(key_id)}`} size="sm" fw={600}>
            {alias ?? mrk}
          </Anchor>
        )}
        <Text size="xs" className="quiet numbers">
          {alias !== null && mrk !== null && `${mrk} · `}
          {account === null ? 'not found in CCKM' : `${account}, primary in ${primary_region ?? 'no known Region'}`}
        </Text>
      </Table.Td>
      <Table.Td className={looks.region}>
        {region}
        <Text size="xs" className="quiet">
          {regionName(region)}
        </Text>
      </Table.Td>
      <Table.Td className={looks.state}>
        <Badge variant="default" radius="sm" tt="none" fw={600} leftSection={<StateGlyph look={look} />}>
          {look.label}
        </Badge>
      </Table.Td>
      <Table.Td className={looks.told}>
        <Text size="sm">{withLocalTimes(message)}</Text>
        <Text size="xs" className="quiet">
          {code}
          {cell.diff && cell.diff.length > 0 && `: ${[...new Set(cell.diff.map(({ field }) => field))].join(', ')}`}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

function NotKept() {
  return (
    <Empty title="The gaps of this check are no longer stored">
      <Text size="sm" className="quiet">
        Its counts stay for the trend. Open the newest check for details.
      </Text>
    </Empty>
  );
}

const gapStates: readonly CoverageState[] = coverageStates.filter((state) => state !== 'covered');

/** The states of gaps that there are any of in a Region, or in all; the worst first. */
function gapStatesIn({ counts, by_region }: CoverageCheckView, region: string | null) {
  const here = region === null ? counts : by_region.find((one) => one.region === region)?.counts;
  return gapStates.map((state) => ({ state, count: here?.[state] ?? 0 })).filter(({ count }) => count > 0);
}

/** Which gaps are listed, and after which cursor: in the address, so that it can be pasted elsewhere. A state at a time, the worst unless another is chosen. */
function useGapFilter(check: CoverageCheckView) {
  const [search, setSearch] = useSearchParams();
  const region = search.get('region') || null;
  const states = gapStatesIn(check, region);
  const state = states.find((one) => one.state === search.get('state'))?.state ?? states[0]?.state ?? null;
  const set = (name: 'state' | 'region' | 'q' | 'after', value: string | null, replace = true) =>
    setSearch((now) => withSearch(now, { after: null, [name]: value }), { replace });
  return {
    filter: { region, q: search.get('q') ?? '' },
    states,
    state,
    after: search.get('after'),
    change: (name: 'state' | 'region' | 'q', value: string | null) => set(name, value),
    clear: () => setSearch({}, { replace: true }),
    turnTo: (cursor: string | null) => set('after', cursor, false),
  };
}
