import { countOf, type LaneView, laneOperations } from '@keyferry/core';
import {
  Anchor,
  Button,
  Card,
  Group,
  SegmentedControl,
  Select,
  Skeleton,
  Stack,
  Table,
  Text,
  TextInput,
} from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { withSearch } from '../display/address.ts';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { PageHead } from '../display/page-head.tsx';
import { CckmCircuit } from './cckm-circuit.tsx';
import { ChangeQuota } from './change-quota.tsx';
import { choiceOf, chooseLanes, hasOpenCircuit, isInTrouble, type LaneChoice, type LaneSort } from './choose-lanes.ts';
import { LaneRow } from './lane-row.tsx';
import classes from './lanes.module.css';

/** More are shown on demand: an installation may have thousands. */
const pageSize = 100;

/** What AWS meters, those in trouble first; the choice stands in the address. */
export default function Lanes() {
  const [search, setSearch] = useSearchParams();
  const choice = choiceOf(search);
  const [most, setMost] = useState(pageSize);
  const [changing, setChanging] = useState<LaneView | null>(null);
  const mayChange = useMay()('PATCH /v1/lanes/{id}');
  const lanes = useQuery({
    queryKey: ['lanes'],
    queryFn: () => keyferry.request('GET /v1/lanes'),
    refetchInterval: 5_000,
  });
  const all = lanes.data?.items;
  const chosen = all && chooseLanes(all, choice);

  const choose = (part: string, value: string | null) => {
    setMost(pageSize);
    setSearch((now) => withSearch(now, { [part]: value }), { replace: true });
  };
  const sortable = (sort: LaneSort) => ({ sort, sorted: choice.sort === sort, onSort: () => choose('sort', sort) });

  return (
    <>
      <PageHead title="Lanes" below={all && <Summary lanes={all} />} />
      <CckmCircuit />
      <Card withBorder padding={0}>
        <Group p="sm" gap="sm">
          <TextInput
            aria-label="Account or Region"
            placeholder="Account or Region"
            leftSection={<IconSearch size={16} aria-hidden />}
            value={choice.text}
            onChange={({ currentTarget }) => choose('q', currentTarget.value)}
            className={classes.filter}
          />
          <Select
            aria-label="Operation"
            placeholder="Every operation"
            clearable
            data={[...laneOperations]}
            value={choice.operation}
            onChange={(value) => choose('operation', value)}
            className={classes.filter}
          />
          <SegmentedControl
            aria-label="Which lanes"
            value={choice.show}
            onChange={(value) => choose('show', value === 'all' ? null : value)}
            data={[
              { value: 'all', label: 'All' },
              { value: 'circuits', label: 'Circuit open' },
              { value: 'trouble', label: 'In trouble' },
              { value: 'work', label: 'With work' },
            ]}
          />
        </Group>
        {lanes.error && !all && (
          <Stack p="sm">
            <Failure error={lanes.error} what="the lanes" onRetry={() => void lanes.refetch()} />
          </Stack>
        )}
        {lanes.isPending && (
          <Stack p="sm" aria-busy="true" aria-label="Loading the lanes">
            {[1, 2, 3, 4, 5].map((n) => (
              <Skeleton key={n} height={36} />
            ))}
          </Stack>
        )}
        {chosen?.length === 0 && <NoLanes any={all?.length !== 0} choice={choice} />}
        {chosen && chosen.length > 0 && (
          <Table.ScrollContainer minWidth={0} type="native">
            <Table highlightOnHover verticalSpacing="xs" horizontalSpacing="sm" className={classes.table}>
              <Table.Thead>
                <Table.Tr>
                  <Head {...sortable('lane')}>Lane</Head>
                  <Head {...sortable('trouble')}>Standing</Head>
                  <Head {...sortable('rate')}>Rate</Head>
                  <Head {...sortable('in_flight')} number>
                    In flight
                  </Head>
                  <Head {...sortable('pending')} number>
                    Pending
                  </Head>
                  <Head {...sortable('throttled')} number>
                    Throttles
                  </Head>
                  {mayChange && <Table.Th aria-label="Change" />}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {chosen.slice(0, most).map((lane) => (
                  <LaneRow key={lane.id} lane={lane} onChange={mayChange ? () => setChanging(lane) : undefined} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        {chosen && chosen.length > most && (
          <Group justify="center" p="sm">
            <Button variant="default" onClick={() => setMost(most + pageSize)}>
              {(chosen.length - most).toLocaleString('en')} more
            </Button>
          </Group>
        )}
      </Card>
      <ChangeQuota
        lane={all?.find(({ id }) => id === changing?.id) ?? changing}
        opened={changing !== null}
        onClose={() => setChanging(null)}
      />
    </>
  );
}

interface HeadProps {
  sort: LaneSort;
  sorted: boolean;
  number?: boolean;
  onSort: () => void;
  children: string;
}

function Head({ sorted, number = false, sort, onSort, children }: HeadProps) {
  const direction = sort === 'lane' ? 'ascending' : 'descending';
  return (
    <Table.Th aria-sort={sorted ? direction : 'none'} ta={number ? 'right' : 'left'}>
      <button type="button" className={classes.sort} data-number={number || undefined} onClick={onSort}>
        {children}
        <span aria-hidden className={classes.arrow}>
          {sorted ? (direction === 'ascending' ? '↑' : '↓') : ''}
        </span>
      </button>
    </Table.Th>
  );
}

function Summary({ lanes }: { lanes: readonly LaneView[] }) {
  const trouble = lanes.filter(isInTrouble).length;
  const open = lanes.filter(hasOpenCircuit).length;
  return (
    <Text size="sm" className="quiet numbers">
      {lanes.length.toLocaleString('en')} lanes: what AWS meters, by account, Region and operation.{' '}
      <span role="status">
        {trouble === 0
          ? 'None is in trouble.'
          : `${trouble.toLocaleString('en')} in trouble, ${open === 0 ? 'no circuit' : countOf(open, 'circuit')} open.`}
      </span>
    </Text>
  );
}

function NoLanes({ any, choice }: { any: boolean; choice: LaneChoice }) {
  if (!any) {
    return (
      <Empty title="No lane has been used yet">
        <Text size="sm" className="quiet">
          A lane appears with the first call that is made in it.
        </Text>
      </Empty>
    );
  }
  const unfiltered = choice.text === '' && choice.operation === null;
  const title = (unfiltered && calmTitles[choice.show]) || 'No matching lanes';
  return (
    <Empty title={title}>
      <Anchor component={Link} href="/lanes">
        Show all lanes
      </Anchor>
    </Empty>
  );
}

/** What it means that there is none. */
const calmTitles: { readonly [Show in LaneChoice['show']]?: string } = {
  circuits: 'No circuit is open',
  trouble: 'No lane is in trouble',
  work: 'No lane has work',
};
