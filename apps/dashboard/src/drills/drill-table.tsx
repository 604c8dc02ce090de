import {
  closedDrillStates,
  countOf,
  type DrillListedView,
  type DrillView,
  durationInWords,
  type Runbook,
  stepInWords,
  visibleLine,
} from '@keyferry/core';
import { Anchor, Group, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { keyferry } from '../api/client.ts';
import { DrillStateBadge, ModeBadge } from '../display/badges.tsx';
import { Time } from '../display/time.tsx';
import { stepLooks } from '../states/drill-states.ts';
import looks from './drill-table.module.css';
import { RtoClock } from './rto-clock.tsx';
import { actorInWords } from './waits-for.ts';

/** Drills at a glance: how far each is, who has to act, and its time against its target. */
export function DrillTable({ rows }: { rows: readonly DrillListedView[] }) {
  return (
    <Table className={looks.table} highlightOnHover verticalSpacing="sm" horizontalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Drill</Table.Th>
          <Table.Th>State</Table.Th>
          <Table.Th w="26%">Steps</Table.Th>
          <Table.Th w="20%">Time</Table.Th>
          <Table.Th>Declared</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((drill) => (
          <DrillRow key={drill.id} drill={drill} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function DrillRow({ drill }: { drill: DrillListedView }) {
  const { id, name, scenario, created_by, state, mode, steps, findings, declared_at, finished_at } = drill;
  const open = !closedDrillStates.includes(state);
  // Only of those that go on: their steps and their target, which the list does not tell.
  const whole = useQuery({
    queryKey: ['drill', id],
    queryFn: () => keyferry.request('GET /v1/drills/{id}', { id }),
    enabled: open,
    refetchInterval: open && 5_000,
  }).data;
  const actor = actorInWords(whole ?? drill);
  const found = findings.blocking + findings.warning;
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td className={looks.name}>
        <Anchor component={Link} href={`/drills/${id}`} fw={600}>
          {visibleLine(name)}
        </Anchor>
        <Text size="xs" className="quiet" lineClamp={2}>
          {scenario}
        </Text>
        <Text size="xs" className="quiet">
          by {created_by}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap={6}>
          <DrillStateBadge state={state} />
          <ModeBadge mode={mode} />
        </Group>
        {actor && (
          <Text size="xs" mt={4} fw={600}>
            {actor}
          </Text>
        )}
        {found > 0 && (
          <Text size="xs" mt={4}>
            <Anchor component={Link} href={`/drills/${id}/findings`} inherit underline="always">
              {countOf(found, 'finding')} to follow up
            </Anchor>
          </Text>
        )}
      </Table.Td>
      <Table.Td className={looks.steps}>
        {whole ? (
          <StepPips drill={whole} />
        ) : (
          <Text size="sm" className="numbers">
            {steps.done.toLocaleString('en')} of {countOf(steps.total, 'step')} done
          </Text>
        )}
      </Table.Td>
      <Table.Td className={looks.steps}>
        {whole ? <RtoClock drill={whole} /> : took(declared_at, finished_at ?? new Date().toISOString())}
      </Table.Td>
      <Table.Td>
        <Time at={declared_at} />
      </Table.Td>
    </Table.Tr>
  );
}

function took(from: string, to: string) {
  return (
    <Text size="sm" className="numbers">
      {durationInWords((Date.parse(to) - Date.parse(from)) / 1_000)}
    </Text>
  );
}

/** How far a drill is: a shape for each step, and the one under way in words. */
function StepPips({ drill }: { drill: DrillView }) {
  const { steps, current_step } = drill;
  const written = (drill.spec as Runbook).steps;
  const now = steps.find(({ id }) => id === current_step);
  const done = steps.filter(({ state }) => state === 'succeeded' || state === 'skipped').length;
  const told = now && written[now.position];
  return (
    <>
      <div className={looks.pips} role="img" aria-label={`${done} of ${steps.length} steps done`}>
        {steps.map(({ id, state }) => (
          <span
            key={id}
            className={looks.pip}
            data-now={id === current_step || undefined}
            style={{ color: stepLooks[state].colour }}
          >
            {stepLooks[state].shape}
          </span>
        ))}
      </div>
      <Text size="xs" className="quiet numbers" mt={4}>
        {told
          ? `Step ${now.position + 1} of ${steps.length}: ${stepInWords(told)}`
          : `${done} of ${steps.length} steps done`}
      </Text>
    </>
  );
}
