import { ActionIcon, Button, Group, Input, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import type { Pair } from './draft.ts';
import type { ErrorAt } from './section.tsx';

/** Tags, as rows of a name and a value. */
export function Pairs({ label, hint, field, error, value, onChange }: PairsProps) {
  const change = (i: number, next: Partial<Pair>) =>
    onChange(value.map((pair, at) => (at === i ? { ...pair, ...next } : pair)));
  return (
    <Input.Wrapper label={label} description={hint} error={error(field)} labelElement="div" data-field={field}>
      <Stack gap="xs" mt={6} align="flex-start">
        {value.map((pair, i) => (
          <Group key={i} gap="xs" wrap="nowrap" w="100%">
            <TextInput
              flex={1}
              aria-label={`${label}: key ${i + 1}`}
              placeholder="key"
              data-field={`${field}[${i}].TagKey`}
              error={error(`${field}[${i}].TagKey`) !== undefined}
              value={pair.name}
              onChange={(event) => change(i, { name: event.currentTarget.value })}
            />
            <TextInput
              flex={1}
              aria-label={`${label}: value ${i + 1}`}
              placeholder="value"
              data-field={`${field}[${i}].TagValue`}
              error={error(`${field}[${i}].TagValue`) !== undefined}
              value={pair.value}
              onChange={(event) => change(i, { value: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove ${pair.name || `row ${i + 1}`}`}
              onClick={() => onChange(value.filter((_, at) => at !== i))}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange([...value, { name: '', value: '' }])}
        >
          Add a tag
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}

interface PairsProps {
  label: string;
  hint?: string;
  /** Its path in the plan. */
  field: string;
  error: ErrorAt;
  value: readonly Pair[];
  onChange: (next: Pair[]) => void;
}
