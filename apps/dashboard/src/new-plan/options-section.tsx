import {
  Checkbox,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import type { Draft } from './draft.ts';
import { wholeNumbers } from './find-errors.ts';
import { Section, type SectionProps } from './section.tsx';

const numbers: Record<keyof typeof wholeNumbers, { label: string; description: string }> = {
  priority: { label: 'Priority', description: '0 to 100. Of plans that want the same quota, the higher goes first.' },
  max_in_flight: {
    label: 'Max in flight',
    description: 'Calls of this plan at the same time. The AWS quotas hold in any case.',
  },
  max_attempts: { label: 'Attempts', description: 'Calls for one replica before it counts as failed.' },
  approvals: { label: 'Approvals', description: 'How many different approvers.' },
};

type Flag = {
  [Name in keyof Draft['options']]: Draft['options'][Name] extends boolean ? Name : never;
}[keyof Draft['options']];

const flags: Record<Flag, { label: string; description: string }> = {
  require_approval: {
    label: 'Approval',
    description: 'The plan does not start until people other than its submitter have approved it.',
  },
  skip_same_region: {
    label: 'Skip the primary’s own Region',
    description:
      'If a Region is the primary’s own, that pair is skipped and counts as already present, with a warning. Otherwise it is blocked.',
  },
  import_material: {
    label: 'Import key material',
    description:
      'EXTERNAL keys only: imports the primary’s material from its source in CipherTrust. Otherwise the replica stays PendingImport until you import it.',
  },
  replicas_as_primary: {
    label: 'Replicas stand for their primary',
    description: 'A key that is a replica stands for its primary. Otherwise it is blocked, and its primary is named.',
  },
  follow_rotation: {
    label: 'Follow rotations',
    description: 'A key that CCKM has rotated into another key stands for the newest. Otherwise it gets a warning.',
  },
  exact_tags: {
    label: 'Exact tags',
    description: 'Tags of a replica that the plan does not name are reported as a difference.',
  },
};

const tolerances: Record<Draft['options']['tolerance'], { label: string; meaning: string }> = {
  unlimited: { label: 'Unlimited', meaning: 'Failures never stop the plan: it tries every replica.' },
  count: {
    label: 'Replicas',
    meaning: 'One more failed replica than this halts the plan until a person resumes or cancels it.',
  },
  percent: {
    label: 'Percent',
    meaning: 'More failed replicas than this share of the plan halt it until a person resumes or cancels it.',
  },
};

/** Order, pace, and when to stop. */
export function OptionsSection({ draft, change, error }: SectionProps) {
  const { options } = draft;
  const set = (next: Partial<Draft['options']>) => change({ options: { ...options, ...next } });
  const number = (field: keyof typeof wholeNumbers) => ({
    ...numbers[field],
    min: wholeNumbers[field][0],
    max: wholeNumbers[field][1],
    clampBehavior: 'none' as const,
    allowDecimal: false,
    'data-field': `options.${field}`,
    value: options[field],
    onChange: (value: string | number) => set({ [field]: value === '' ? '' : Number(value) }),
    error: error(`options.${field}`),
  });
  const flag = (field: Flag) => ({
    ...flags[field],
    'data-field': `options.${field}`,
    checked: options[field],
    onChange: (event: { currentTarget: { checked: boolean } }) => set({ [field]: event.currentTarget.checked }),
    error: error(`options.${field}`),
  });
  return (
    <Section title="How to run" hint="The defaults are right for most plans.">
      <SimpleGrid cols={{ base: 1, sm: 2 }} verticalSpacing="md">
        <TextInput
          label="Change ticket"
          description="Kept with the plan. Keyferry does not look it up."
          placeholder="CHG-1234"
          data-field="options.change_ticket"
          value={options.change_ticket}
          onChange={(event) => set({ change_ticket: event.currentTarget.value })}
          error={error('options.change_ticket')}
        />
        <TextInput
          type="datetime-local"
          label="Not before"
          description="In your time zone. Empty: starts at once."
          data-field="options.start_at"
          value={options.start_at}
          onChange={(event) => set({ start_at: event.currentTarget.value })}
          error={error('options.start_at')}
        />
        <NumberInput {...number('priority')} />
        <NumberInput {...number('max_in_flight')} />
        <NumberInput {...number('max_attempts')} />
        <Select
          label="Order of Regions"
          description="One after another: the next begins when the one before has ended."
          allowDeselect={false}
          data={[
            { value: 'parallel', label: 'All at once' },
            { value: 'sequential', label: 'One after another' },
          ]}
          data-field="options.region_order"
          value={options.region_order}
          onChange={(region_order) => set({ region_order: region_order ?? 'parallel' })}
        />
      </SimpleGrid>
      <Tolerance options={options} set={set} error={error('options.failure_tolerance')} />
      <Checkbox {...flag('require_approval')} />
      {options.require_approval && <NumberInput maw={320} {...number('approvals')} />}
      <Checkbox {...flag('skip_same_region')} />
      <Checkbox {...flag('import_material')} />
      <Checkbox {...flag('replicas_as_primary')} />
      <Checkbox {...flag('follow_rotation')} />
      <Checkbox {...flag('exact_tags')} />
    </Section>
  );
}

interface ToleranceProps {
  options: Draft['options'];
  set: (next: Partial<Draft['options']>) => void;
  error: string | undefined;
}

function Tolerance({ options: { tolerance, toleranceValue }, set, error }: ToleranceProps) {
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500} id="tolerance">
        Failure tolerance
      </Text>
      <Text size="xs" className="quiet" id="tolerance-meaning">
        {tolerances[tolerance].meaning}
      </Text>
      <Group align="flex-start">
        <SegmentedControl
          aria-labelledby="tolerance"
          aria-describedby="tolerance-meaning"
          value={tolerance}
          onChange={(next) => set({ tolerance: next as Draft['options']['tolerance'] })}
          data={Object.entries(tolerances).map(([value, { label }]) => ({ value, label }))}
        />
        {tolerance !== 'unlimited' && (
          <NumberInput
            aria-label={`Failure tolerance, ${tolerance === 'count' ? 'replicas' : 'percent'}`}
            w={240}
            min={0}
            clampBehavior="none"
            suffix={tolerance === 'percent' ? ' %' : ''}
            data-field="options.failure_tolerance"
            value={toleranceValue}
            onChange={(value) => set({ toleranceValue: value === '' ? '' : Number(value) })}
            error={error}
          />
        )}
      </Group>
    </Stack>
  );
}
