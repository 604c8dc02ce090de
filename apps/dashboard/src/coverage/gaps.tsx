import type { CoverageCellView, CoverageCheckView } from '@keyferry/core';
import { Badge, Box, Button, Group, Select, Stack, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { StateGlyph } from '../display/state-glyph.tsx';
import { withLocalTimes } from '../display/with-local-times.ts';
import { MatrixFilters } from '../matrix/matrix-filters.tsx';
import { regionName } from '../regions/region-names.ts';
import { coverageLooks, gapsOf } from '../states/coverage-states.ts';
import { gapStates, useGapFilter } from './gap-filter.ts';
import looks from './gaps.module.css';

const pageSize = 100;

/** Every key × Region that is not covered, why, and what to do about it. */
export default function Gaps({ check }: { check: CoverageCheckView }) {
  const { filter, after, filtered, change, clear, turnTo } = useGapFilter();
  const { state, region, q } = filter;
  const page = useQuery({
    queryKey: ['coverage', 'check', check.id, 'gaps', state, region, q, after],
    queryFn: () =>
      keyferry.listCoverageCells(
        check.id,
        { state: state ?? gapStates, region: region ?? undefined, q: q || undefined },
        { limit: pageSize, cursor: after },
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    enabled: check.cells_kept,
  });
  const rows = page.data?.items;
  const gaps = check.counts ? gapsOf(check.counts) : 0;
  if (!check.cells_kept) return <NotKept />;
  if (check.passed) return <Empty title="There are no gaps: every key is usable where it must be" />;
  return (
    <>
      <Group p="sm" gap="xs" role="search" aria-label="Filter the gaps">
        <MatrixFilters
          filter={filter}
          regions={check.regions}
          onChange={(changed) => {
            if (changed.q !== undefined) change('q', changed.q);
            if (changed.region !== undefined) change('region', changed.region);
          }}
        />
        <Select
          aria-label="State"
          placeholder="Every state"
          clearable
          w={190}
          data={gapStates.map((value) => ({ value, label: coverageLooks[value].label }))}
          value={state}
          onChange={(next) => change('state', next)}
        />
        {filtered && (
          <Button variant="subtle" onClick={clear}>
            Show all {gaps.toLocaleString()}
          </Button>
        )}
      </Group>
      {page.error && !rows && (
        <Stack p="md">
          <Failure error={page.error} what="the gaps" onRetry={() => void page.refetch()} />
        </Stack>
      )}
      {page.isPending && (
        <Box p="md">
          <Loading what="the gaps" heights={[44, 44, 44]} />
        </Box>
      )}
      {rows?.length === 0 && (
        <Empty title={filtered ? 'No gap is like that' : 'There are no gaps'}>
          {filtered && (
            <Button variant="default" size="xs" onClick={clear}>
              Show all {gaps.toLocaleString()}
            </Button>
          )}
        </Empty>
      )}
      {rows && rows.length > 0 && (
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
              <Table.Th w="45%">What is the case, and what to do</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((cell) => (
              <GapRow key={`${cell.key_id} ${cell.region}`} cell={cell} />
            ))}
          </Table.Tbody>
        </Table>
      )}
      {page.data && (after !== null || page.data.next_cursor !== null) && (
        <Group justify="center" p="sm" gap="xs">
          <Button variant="default" disabled={after === null} onClick={() => turnTo(null)}>
            First page
          </Button>
          <Button
            variant="default"
            disabled={page.data.next_cursor === null || page.isPlaceholderData}
            onClick={() => turnTo(page.data.next_cursor)}
          >
            Next page
          </Button>
        </Group>
      )}
    </>
  );
}

function GapRow({ cell }: { cell: CoverageCellView }) {
  const { alias, mrk, key_id, account, primary_region, region, state, code, message } = cell;
  const look = coverageLooks[state];
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td className={looks.key}>
        <Text size="sm" fw={600}>
          {alias ?? mrk ?? key_id}
        </Text>
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
          {cell.diff && cell.diff.length > 0 && `: ${cell.diff.map(({ field }) => field).join(', ')}`}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

function NotKept() {
  return (
    <Empty title="What this check found of each key is no longer kept">
      <Text size="sm" className="quiet">
        Its numbers are, for the trend. The newest check has everything.
      </Text>
    </Empty>
  );
}
