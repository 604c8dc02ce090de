import { type DrillTimesView, type DrillView, durationInWords } from '@keyferry/core';
import { Box, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { keyferry } from '../api/client.ts';
import { Facts } from '../display/facts.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { Time } from '../display/time.tsx';
import { regionName } from '../regions/region-names.ts';

/** Whether each Region was reached in time, and where time was lost. */
export default function Times({ drill }: { drill: DrillView }) {
  const times = useQuery({
    queryKey: ['drill', drill.id, 'part', 'times'],
    queryFn: () => keyferry.request('GET /v1/drills/{id}/times', { id: drill.id }),
    refetchInterval: drill.finished_at === null && 15_000,
  });
  if (times.data) return <Told times={times.data} />;
  return (
    <Box p="md">
      {times.error ? (
        <Failure error={times.error} what="the times" onRetry={() => void times.refetch()} />
      ) : (
        <Loading what="the times" heights={[40, 120, 80]} />
      )}
    </Box>
  );
}

type Reached = DrillTimesView['rto']['total'];

function Told({ times }: { times: DrillTimesView }) {
  const { rto, rpo, lost, worst } = times;
  return (
    <Stack p="md" gap="lg">
      <section aria-label="Reached in time">
        <Text size="sm" component="p" m={0} mb="xs">
          {rtoInWords(times)}
          {measuredInWords(times)}
        </Text>
        <Table.ScrollContainer minWidth={640}>
          <Table className="numbers" verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Region</Table.Th>
                <Table.Th>RTO</Table.Th>
                <Table.Th ta="right">Reached</Table.Th>
                <Table.Th ta="right">Half after</Table.Th>
                <Table.Th ta="right">95 % after</Table.Th>
                <Table.Th ta="right">All after</Table.Th>
                <Table.Th>Key material</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rto.by_region.map(({ region, ...reached }) => (
                <Row
                  key={region}
                  name={[region, regionName(region)].filter(Boolean).join(' ')}
                  reached={reached}
                  material={rpo.by_region.find((one) => one.region === region)}
                />
              ))}
              <Row name="All Regions" reached={rto.total} material={rpo.total} total />
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </section>
      <section aria-label="Time lost">
        <Title order={3} size="sm" mb={6}>
          Time lost
        </Title>
        <Table className="numbers" verticalSpacing={6} maw={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>To</Table.Th>
              <Table.Th ta="right">The most that one key × Region lost</Table.Th>
              <Table.Th ta="right">Over all of them</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {causes.map(([name, label]) => (
              <Table.Tr key={name}>
                <Table.Td>{label}</Table.Td>
                <Table.Td ta="right">{took(worst[name])}</Table.Td>
                <Table.Td ta="right">{took(lost[name])}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      <section aria-label="Moments">
        <Title order={3} size="sm" mb={6}>
          Moments
        </Title>
        <Facts
          facts={moments.map(([name, label]) => {
            const at = times[name];
            return [label, at === null ? '–' : <Time key={name} at={at} />] as const;
          })}
        />
      </section>
    </Stack>
  );
}

const causes = [
  ['approval_ms', 'Waiting for approval'],
  ['paused_ms', 'Being paused'],
  ['throttled_ms', 'Throttling by AWS'],
  ['retries_ms', 'Trying again'],
] as const;

const moments = [
  ['declared_at', 'Declared'],
  ['approved_at', 'Approved'],
  ['first_call_at', 'First call'],
  ['accepted_at', 'Last accepted'],
  ['usable_at', 'Last usable'],
  ['promoted_at', 'Last promoted'],
  ['proven_at', 'Last proven'],
  ['finished_at', 'Closed'],
] as const;

const measured = [
  ['proof_after_promotion', 'the proof after the promotion'],
  ['promotion', 'the promotion, not proven since'],
  ['proof', 'the first proof'],
  ['usable', 'usable, not proven'],
] as const;

/** From when to when the times go. */
function measuredInWords({ rto: { measured_to: counts } }: DrillTimesView): string {
  const ends = measured
    .filter(([by]) => counts[by] > 0)
    .map(([by, what]) => `${what} (${counts[by].toLocaleString('en')})`);
  return ends.length === 0 ? '' : ` Measured from the declaration to ${ends.join(', ')}.`;
}

function rtoInWords({ rto: { target_ms: target, total } }: DrillTimesView): string {
  const reached = `${total.reached.toLocaleString('en')} of ${total.cells.toLocaleString('en')} key × Region are reached`;
  if (target === null) return `${reached}. The runbook sets no RTO.`;
  return `${reached}, ${(total.within_target ?? 0).toLocaleString('en')} of them within the RTO of ${took(target)}. One that is not known to be reached does not count as met.`;
}

interface RowProps {
  name: string;
  reached: Reached;
  material: DrillTimesView['rpo']['total'] | undefined;
  total?: boolean;
}

function Row({ name, reached, material, total = false }: RowProps) {
  return (
    <Table.Tr fw={total ? 600 : undefined}>
      <Table.Td>{name}</Table.Td>
      <Table.Td>
        <Met met={reached.met} />
      </Table.Td>
      <Table.Td ta="right">
        {reached.reached.toLocaleString('en')} of {reached.cells.toLocaleString('en')}
      </Table.Td>
      {[reached.p50_ms, reached.p95_ms, reached.max_ms].map((ms, i) => (
        <Table.Td key={i} ta="right">
          {ms === null ? 'not reached' : took(ms)}
        </Table.Td>
      ))}
      <Table.Td>
        {material
          ? `${material.equal.toLocaleString('en')}/${material.cells.toLocaleString('en')} equal: ${material.by_material.toLocaleString('en')} by material, ${material.by_key_id.toLocaleString('en')} by key id`
          : '–'}
      </Table.Td>
    </Table.Tr>
  );
}

function Met({ met }: { met: boolean | null }) {
  if (met === null) return <span className="quiet">no target</span>;
  return (
    <b>
      <span aria-hidden style={{ color: met ? 'var(--state-succeeded)' : 'var(--state-failed)' }}>
        {met ? '●' : '✕'}
      </span>{' '}
      {met ? 'met' : 'not met'}
    </b>
  );
}

function took(ms: number): string {
  return durationInWords(ms / 1_000);
}
