import { type PlanSpec, type ScheduleView, visibleLine, windowsInWords } from '@keyferry/core';
import { Anchor, Badge, Button, Card, Code, Table, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Listing, MoreRows, usePages } from '../display/listing.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';

const pageSize = 50;

/** Every schedule, newest first: when it runs, and what became of its last run. */
export default function Schedules() {
  const may = useMay();
  const schedules = usePages({
    queryKey: ['schedules'],
    readPage: (cursor) => keyferry.request('GET /v1/schedules', { query: { limit: pageSize, cursor } }),
    refetchInterval: 15_000,
  });
  return (
    <>
      <PageHead title="Schedules">
        {may('POST /v1/schedules') && (
          <Button component={Link} href="/schedules/new" leftSection={<IconPlus size={16} aria-hidden />}>
            New schedule
          </Button>
        )}
      </PageHead>
      <Card withBorder padding={0}>
        <Listing what="the schedules" query={schedules} rows={schedules.rows} height={44} none={<NoSchedules />}>
          {(rows) => (
            <Table.ScrollContainer minWidth={720}>
              <Table highlightOnHover verticalSpacing="sm" horizontalSpacing="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Schedule</Table.Th>
                    <Table.Th>When</Table.Th>
                    <Table.Th>Windows</Table.Th>
                    <Table.Th>Next run</Table.Th>
                    <Table.Th>Last run</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((schedule) => (
                    <ScheduleRow key={schedule.id} schedule={schedule} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </Listing>
        <MoreRows query={schedules}>Older schedules</MoreRows>
      </Card>
    </>
  );
}

function ScheduleRow({ schedule }: { schedule: ScheduleView }) {
  const { id, name, cron, time_zone, plan, updated_by, next_run_at, last_run_at, last_plan_id, last_error } = schedule;
  const windows = windowsInWords((plan as PlanSpec).options);
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td>
        <Anchor component={Link} href={`/schedules/${id}`} fw={600}>
          {visibleLine(name)}
        </Anchor>
        <Text size="xs" className="quiet">
          by {updated_by}
        </Text>
      </Table.Td>
      <Table.Td>
        <code>{cron}</code>
        <Text size="xs" className="quiet">
          {time_zone}
        </Text>
      </Table.Td>
      <Table.Td>
        {windows.map((window) => (
          <Text key={window} size="sm" className="numbers">
            {window}
          </Text>
        ))}
        {windows.length === 0 && <span className="quiet">any time</span>}
      </Table.Td>
      <Table.Td>
        {next_run_at ? (
          <Time at={next_run_at} />
        ) : (
          <Badge variant="light" color="gray" c="var(--mantine-color-text)" radius="sm" tt="none">
            Disabled
          </Badge>
        )}
      </Table.Td>
      <Table.Td>
        {last_run_at ? <Time at={last_run_at} /> : <span className="quiet">never</span>}
        {last_error ? (
          <Text size="xs" c="var(--state-failed)">
            <span aria-hidden>✕</span> failed: no plan was made
          </Text>
        ) : (
          last_plan_id && (
            <Text size="xs">
              <Anchor component={Link} href={`/plans/${last_plan_id}`} inherit>
                Its plan
              </Anchor>
            </Text>
          )
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function NoSchedules() {
  return (
    <Empty title="No schedules yet">
      <Text size="sm" className="quiet" maw="60ch">
        A schedule submits a plan at the times of a cron expression. Create one here, or from a file:
      </Text>
      <Code block ta="left" tabIndex={0}>
        keyferry schedule create -f weekly.yaml
      </Code>
    </Empty>
  );
}
