import { limitsOf, loosenedLimits, type PlanView, windowsInWords } from '@keyferry/core';
import { Group, Input, NumberInput, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { keyferry } from '../../api/client.ts';
import { Effect } from '../../display/effect.tsx';
import { Failure } from '../../display/failure.tsx';
import { Loading } from '../../display/loading.tsx';
import { useFreshPlan } from '../plan-queries.ts';
import { Confirmation } from './confirmation.tsx';
import { changedLimits, effectOfChange } from './effect-of.ts';

/** Changes a plan's limits, beginning with those in force now. */
export function LimitsForm({ plan, onClose }: { plan: PlanView; onClose: () => void }) {
  const fresh = useFreshPlan(plan.id);
  if (fresh.error) return <Failure error={fresh.error} what="the limits" onRetry={() => void fresh.refetch()} />;
  if (!fresh.data) return <Loading what="the limits" heights={[60, 60, 36]} />;
  return <Form plan={plan} asOpened={fresh.data} onClose={onClose} />;
}

type Tolerance = 'none' | 'count' | 'percent';

function Form({ plan, asOpened, onClose }: { plan: PlanView; asOpened: PlanView; onClose: () => void }) {
  const before = limitsOf(asOpened);
  const { failure_tolerance: tolerated } = before;
  const [priority, setPriority] = useState<string | number>(before.priority);
  const [maxInFlight, setMaxInFlight] = useState<string | number>(before.max_in_flight);
  const [kind, setKind] = useState<Tolerance>(tolerated === null ? 'none' : 'count' in tolerated ? 'count' : 'percent');
  const [many, setMany] = useState<string | number>(tolerated === null ? 0 : (Object.values(tolerated)[0] ?? 0));

  const after = {
    priority: Number(priority),
    max_in_flight: Number(maxInFlight),
    failure_tolerance: kind === 'none' ? null : kind === 'count' ? { count: Number(many) } : { percent: Number(many) },
  };
  const filledIn = priority !== '' && maxInFlight !== '' && (kind === 'none' || many !== '');
  const { options, told } = changedLimits(before, after);
  const loosened = loosenedLimits(before, { ...after, windows: before.windows });
  const windows = windowsInWords(before);
  return (
    <Confirmation
      {...{ plan, onClose }}
      command="patch"
      label="Change the limits"
      act={() => keyferry.request('PATCH /v1/plans/{id}', { id: plan.id, body: { options } })}
      ready={filledIn && told.length > 0}
    >
      <Stack gap="sm">
        <Group grow align="flex-start">
          <NumberInput
            label="Priority"
            description="0 to 100; higher runs first"
            min={0}
            max={100}
            allowDecimal={false}
            clampBehavior="strict"
            value={priority}
            onChange={setPriority}
          />
          <NumberInput
            label="Max in flight"
            description="Calls at once, 1 to 10,000"
            min={1}
            max={10_000}
            allowDecimal={false}
            clampBehavior="strict"
            thousandSeparator
            value={maxInFlight}
            onChange={setMaxInFlight}
          />
        </Group>
        <Input.Wrapper label="When replicas fail" labelElement="div" id="tolerance">
          <Group gap="sm" mt={4}>
            <SegmentedControl
              aria-labelledby="tolerance-label"
              value={kind}
              onChange={(value) => setKind(value as Tolerance)}
              data={[
                { value: 'none', label: 'Never halt' },
                { value: 'count', label: 'Halt after' },
                { value: 'percent', label: 'Halt after %' },
              ]}
            />
            {kind !== 'none' && (
              <NumberInput
                aria-label={kind === 'count' ? 'Tolerated failures' : 'Tolerated failures in percent'}
                w={120}
                min={0}
                max={kind === 'count' ? 1_000_000 : 100}
                allowDecimal={kind === 'percent'}
                suffix={kind === 'percent' ? ' %' : ' failed'}
                clampBehavior="strict"
                value={many}
                onChange={setMany}
              />
            )}
          </Group>
        </Input.Wrapper>
        <Text size="sm" className="quiet">
          Windows: {windows.join('; ') || 'none, runs at any time'}. To change them:{' '}
          <code>PATCH /v1/plans/{'{id}'}</code>
        </Text>
        {told.length > 0 && <Effect lines={[...told, ...effectOfChange(plan, loosened, new Date())]} />}
      </Stack>
    </Confirmation>
  );
}
