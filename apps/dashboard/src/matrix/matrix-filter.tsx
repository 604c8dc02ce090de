import { CloseButton, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { withSearch } from '../display/address.ts';
import { regionInFull } from '../regions/region-names.ts';

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
        w={{ base: '100%', xs: 220 }}
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
      />
      <Select
        aria-label="Region"
        placeholder="Every Region"
        clearable
        searchable
        w={{ base: '100%', xs: 200 }}
        data={regions.map((value) => ({ value, label: regionInFull(value) }))}
        value={filter.region}
        onChange={(region) => onChange({ region })}
      />
    </Group>
  );
}

/** Which keys are shown: those whose alias, id or account contains the text, and that have such a cell. */
export interface MatrixFilter<State extends string> {
  readonly q: string;
  readonly state: State | null;
  readonly region: string | null;
}

/** The filter in the address, which can be pasted elsewhere; what else stands there is kept. */
export function useMatrixFilter<State extends string>(
  states: readonly State[],
): [MatrixFilter<State>, (change: Partial<MatrixFilter<State>>) => void] {
  const [search, setSearch] = useSearchParams();
  const filter: MatrixFilter<State> = {
    q: search.get('q') ?? '',
    state: states.find((state) => state === search.get('state')) ?? null,
    region: search.get('region') || null,
  };
  const change = (changed: Partial<MatrixFilter<State>>) =>
    setSearch((now) => withSearch(now, { ...changed }), { replace: true });
  return [filter, change];
}

export function isFiltered({ q, state, region }: MatrixFilter<string>): boolean {
  return q !== '' || state !== null || region !== null;
}
