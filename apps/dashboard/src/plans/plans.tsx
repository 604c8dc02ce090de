import { durationInWords, type PlanListedView, type PlanState, planStates, visibleLine } from '@keyferry/core';
import { Anchor, Button, Card, Group, Select, Table, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link, useSearchParams } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { PlanStateBadge } from '../display/badges.tsx';
import { Empty } from '../display/empty.tsx';
import { Listing, MoreRows, usePages } from '../display/listing.tsx';
import { PageHead } from '../display/page-head.tsx';
import { progressInWords } from '../display/progress-in-words.ts';
import { CountsBar } from '../display/states-bar.tsx';
import { Time } from '../display/time.tsx';
import { planLooks } from '../states/plan-states.ts';

const pageSize = 50;

/** All plans, newest first; the filter stands in the address. */
export default function Plans() {
  const may = useMay();
  const [search, setSearch] = useSearchParams();
  const state = planStates.find((one) => one === search.get('state'));
  const plans = usePages({
    queryKey: ['plans', state ?? 'all'],
    readPage: (cursor) =>
      keyferry.request('GET /v1/plans', { query: { limit: pageSize, cursor, ...(state ? { state } : {}) } }),
    refetchInterval: 5_000,
  });
  const choose = (next: string | null) => {
    setSearch(next === null ? {} : { state: next }, { replace: true });
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
        <Group p="sm">
          <Select
            aria-label="State"
            placeholder="Every state"
            clearable
            data={planStates.map((value) => ({ value, label: planLooks[value].label }))}
            value={state ?? null}
            onChange={choose}
          />
        </Group>
        <Listing what="the plans" query={plans} rows={plans.rows} height={36} none={<NoPlans state={state} />}>
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

function NoPlans({ state }: { state: PlanState | undefined }) {
  return state ? (
    <Empty title={`No plan is in the state “${planLooks[state].label}”`}>
      <Anchor component={Link} href="/plans">
        Show all plans
      </Anchor>
    </Empty>
  ) : (
    <Empty title="No plan has been submitted yet">
      <Text size="sm" className="quiet">
        A plan says which keys are to be replicated to which Regions.
      </Text>
    </Empty>
  );
}
