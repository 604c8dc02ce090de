import { durationInWords, type PlanListedView, type PlanState, planStates, visibleLine } from '@keyferry/core';
import { Anchor, Button, Card, CloseButton, Group, Select, Table, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { withSearch } from '../display/address.ts';
import { PlanStateBadge } from '../display/badges.tsx';
import { Empty } from '../display/empty.tsx';
import { Listing, MoreRows, usePages } from '../display/listing.tsx';
import { PageHead } from '../display/page-head.tsx';
import { progressInWords } from '../display/progress-in-words.ts';
import { CountsBar } from '../display/states-bar.tsx';
import { Time } from '../display/time.tsx';
import { planLooks } from '../states/plan-states.ts';

const pageSize = 50;

/** All plans, newest first; the filter stands in the address, and Back returns to the one before. */
export default function Plans() {
  const may = useMay();
  const [search, setSearch] = useSearchParams();
  const state = planStates.find((one) => one === search.get('state')) ?? null;
  const text = search.get('q') ?? '';
  const plans = usePages({
    queryKey: ['plans', state ?? 'all', text],
    readPage: (cursor) =>
      keyferry.request('GET /v1/plans', {
        query: { limit: pageSize, cursor, ...(state ? { state: [state] } : {}), search: text || null },
      }),
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
  const choose = (changes: { state?: string | null; q?: string }) => {
    // Of a text that is being typed only what was there before is worth a step back.
    setSearch((now) => withSearch(now, changes), {
      replace: changes.q !== undefined && text !== '' && changes.q !== '',
    });
  };
  return (
    <>
      <PageHead title="Plans">
        {may('POST /v1/plans') && (
          <Button component={Link} href="/plans/new" leftSection={<IconPlus size={16} aria-hidden />}>
            New plan
          </Button>
        )}
      </PageHead>
      <Card withBorder padding={0}>
        <Group p="sm" gap="xs" role="search" aria-label="Filter the plans">
          <SearchInput given={text} onSearch={(q) => choose({ q })} />
          <Select
            aria-label="State"
            placeholder="Every state"
            clearable
            data={planStates.map((value) => ({ value, label: planLooks[value].label }))}
            value={state}
            onChange={(next) => choose({ state: next })}
          />
        </Group>
        <Listing
          what="the plans"
          query={plans}
          rows={plans.rows}
          height={36}
          none={<NoPlans state={state} text={text} />}
        >
          {(rows) => (
            <Table.ScrollContainer minWidth={760}>
              <Table highlightOnHover verticalSpacing="sm" horizontalSpacing="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Plan</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th w="26%">Replicas</Table.Th>
                    <Table.Th>Time left</Table.Th>
                    <Table.Th>Submitted</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((plan) => (
                    <PlanRow key={plan.id} plan={plan} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </Listing>
        <MoreRows query={plans}>Older plans</MoreRows>
      </Card>
    </>
  );
}

function PlanRow({ plan }: { plan: PlanListedView }) {
  const { counts } = plan;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={`/plans/${plan.id}`} fw={600}>
          {visibleLine(plan.name)}
        </Anchor>
        <Text size="xs" className="quiet">
          by {plan.created_by}
        </Text>
      </Table.Td>
      <Table.Td>
        <PlanStateBadge state={plan.state} />
      </Table.Td>
      <Table.Td>
        <CountsBar counts={counts} />
        <Text size="xs" className="quiet numbers" mt={4}>
          {progressInWords(plan)}
          {counts.failed + counts.blocked > 0 &&
            `, ${(counts.failed + counts.blocked).toLocaleString('en')} failed or blocked`}
        </Text>
      </Table.Td>
      <Table.Td className="numbers">{plan.eta_seconds === null ? '–' : durationInWords(plan.eta_seconds)}</Table.Td>
      <Table.Td>
        <Time at={plan.created_at} />
      </Table.Td>
    </Table.Tr>
  );
}

/** By name, change ticket and submitter; searches when the typing rests. */
function SearchInput({ given, onSearch }: { given: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(given);
  const search = useDebouncedCallback((typed: string) => onSearch(typed.trim()), 300);
  // The address may change by itself, as with Back.
  useEffect(() => setText((typed) => (typed.trim() === given ? typed : given)), [given]);
  const type = (value: string) => {
    setText(value);
    search(value);
  };
  return (
    <TextInput
      aria-label="Name, change ticket or submitter"
      placeholder="Name, change ticket or submitter"
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={text && <CloseButton size="sm" aria-label="Clear the text" onClick={() => type('')} />}
      maxLength={200}
      w={{ base: '100%', xs: 300 }}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}

function NoPlans({ state, text }: { state: PlanState | null; text: string }) {
  if (state === null && text === '') {
    return (
      <Empty title="No plans yet">
        <Text size="sm" className="quiet">
          A plan names keys and the Regions to replicate them to.
        </Text>
      </Empty>
    );
  }
  const what = [text && `“${text}”`, state && `state “${planLooks[state].label}”`].filter(Boolean).join(', ');
  return (
    <Empty title={`No matching plans: ${what}`}>
      <Anchor component={Link} href="/plans">
        Show all plans
      </Anchor>
    </Empty>
  );
}
