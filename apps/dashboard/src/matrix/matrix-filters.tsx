import { CloseButton, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { regionInFull } from '../regions/region-names.ts';
import type { MatrixFilter } from './matrix-filter.ts';

interface MatrixFiltersProps {
  filter: Pick<MatrixFilter<string>, 'q' | 'region'>;
  regions: readonly string[];
  onChange: (change: { q?: string; region?: string | null }) => void;
}

/** Which keys, by name and Region; by state they are chosen in the legend. */
export function MatrixFilters({ filter, regions, onChange }: MatrixFiltersProps) {
  const [text, setText] = useState(filter.q);
  const look = useDebouncedCallback((q: string) => onChange({ q: q.trim() }), 300);
  // The address may change by itself, as with Back.
  useEffect(() => setText((typed) => (typed.trim() === filter.q ? typed : filter.q)), [filter.q]);
  const type = (value: string) => {
    setText(value);
    look(value);
  };
  return (
    <Group gap="xs">
      <TextInput
        aria-label="Alias, key id or account"
        placeholder="Alias, key id or account"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={text && <CloseButton size="sm" aria-label="Clear the text" onClick={() => type('')} />}
        w={{ base: '100%', xs: 260 }}
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
      />
      <Select
        aria-label="Region"
        placeholder="Every Region"
        clearable
        searchable
        w={{ base: '100%', xs: 230 }}
        data={regions.map((value) => ({ value, label: regionInFull(value) }))}
        value={filter.region}
        onChange={(region) => onChange({ region })}
      />
    </Group>
  );
}
