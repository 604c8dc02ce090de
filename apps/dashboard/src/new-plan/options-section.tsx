import { optionNotes } from '@keyferry/core';
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
import type { SectionProps } from './keys-section.tsx';
import { Section } from './section.tsx';

/** Order, pace, and when to stop. */
export function OptionsSection({ draft, change, error }: SectionProps) {
  const { options } = draft;
  const set = (next: Partial<Draft['options']>) => change({ options: { ...options, ...next } });
  const number = (field: 'priority' | 'max_in_flight' | 'max_attempts' | 'approvals', min: number, max: number) => ({
    label: optionNotes[field].title,
    description: optionNotes[field].description,
    min,
    max,
    clampBehavior: 'none' as const,
    allowDecimal: false,
    value: options[field],
    onChange: (value: string | number) => set({ [field]: value === '' ? '' : Number(value) }),
    error: error(`options.${field}`),
  });
  const flag = (field: 'import_material' | 'replicas_as_primary' | 'require_approval') => ({
    label: optionNotes[field].title,
    description: optionNotes[field].description,
    checked: options[field],
    onChange: (event: { currentTarget: { checked: boolean } }) => set({ [field]: event.currentTarget.checked }),
  });
  return (
    <Section title="How to run" hint="Every field has a default that is right for most plans.">
      <SimpleGrid cols={{ base: 1, sm: 2 }} verticalSpacing="md">
        <TextInput
          label="Change ticket"
          description={optionNotes.change_ticket.description}
          placeholder="CHG-1234"
          value={options.change_ticket}
          onChange={(event) => set({ change_ticket: event.currentTarget.value })}
          error={error('options.change_ticket')}
        />
        <TextInput
          type="datetime-local"
          label="Not before"
          description="By this browser’s clock; empty: at once."
          value={options.start_at}
          onChange={(event) => set({ start_at: event.currentTarget.value })}
          error={error('options.start_at')}
        />
        <NumberInput {...number('priority', 0, 100)} />
        <NumberInput {...number('max_in_flight', 1, 10_000)} />
        <NumberInput {...number('max_attempts', 1, 100)} />
        <Select
          label={optionNotes.region_order.title}
          description={optionNotes.region_order.description}
          allowDeselect={false}
          data={[
            { value: 'parallel', label: 'All at once' },
            { value: 'sequential', label: 'One after another' },
          ]}
          value={options.region_order}
          onChange={(region_order) => set({ region_order: region_order ?? 'parallel' })}
        />
      </SimpleGrid>
      <Stack gap={6}>
        <Text size="sm" fw={500} id="tolerance">
          Failure tolerance
        </Text>
        <Text size="xs" className="quiet">
          {optionNotes.failure_tolerance.description}
        </Text>
        <Group>
          <SegmentedControl
            aria-labelledby="tolerance"
            value={options.tolerance}
            onChange={(tolerance) => set({ tolerance: tolerance as Draft['options']['tolerance'] })}
            data={[
              { value: 'none', label: 'Unlimited' },
              { value: 'count', label: 'Replicas' },
              { value: 'percent', label: 'Percent' },
            ]}
          />
          {options.tolerance !== 'none' && (
            <NumberInput
              aria-label={`Failure tolerance, ${options.tolerance === 'count' ? 'replicas' : 'percent'}`}
              w={140}
              min={0}
              clampBehavior="none"
              suffix={options.tolerance === 'percent' ? ' %' : ''}
              value={options.toleranceValue}
              onChange={(value) => set({ toleranceValue: value === '' ? '' : Number(value) })}
              error={error('options.failure_tolerance')}
            />
          )}
        </Group>
      </Stack>
      <Checkbox {...flag('require_approval')} />
      {options.require_approval && <NumberInput maw={320} {...number('approvals', 1, 5)} />}
      <Checkbox {...flag('import_material')} />
      <Checkbox {...flag('replicas_as_primary')} />
    </Section>
  );
}
