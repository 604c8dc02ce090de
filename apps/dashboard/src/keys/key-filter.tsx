import type { EstateView } from '@keyferry/core';
import { Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch, IconTag } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { regionName } from '../regions/region-names.ts';

const fields = ['q', 'tag', 'region', 'missing_in', 'kind'] as const;
type Filter = Readonly<Record<(typeof fields)[number], string>>;

/** Which keys are listed, as the address says; a field that is empty filters nothing. */
export function useKeyFilter() {
  const [search, setSearch] = useSearchParams();
  const filter = Object.fromEntries(fields.map((field) => [field, search.get(field) ?? ''])) as Filter;
  return {
    filter,
    filtered: fields.some((field) => filter[field] !== ''),
    change: (next: Partial<Filter>) => {
      const all = Object.entries({ ...filter, ...next });
      setSearch(Object.fromEntries(all.filter(([, value]) => value !== '')), { replace: true });
    },
  };
}

interface KeyFilterProps {
  filter: Filter;
  estate: EstateView | undefined;
  onChange: (next: Partial<Filter>) => void;
}

export function KeyFilter({ filter, estate, onChange }: KeyFilterProps) {
  return (
    <Group p="sm" gap="xs" role="search" aria-label="Filter the keys">
      <Find
        label="Alias, key id, ARN or account"
        icon={<IconSearch size={16} aria-hidden />}
        width={290}
        value={filter.q}
        onChange={(q) => onChange({ q })}
      />
      <Find
        label="Tag: tier or tier=1"
        icon={<IconTag size={16} aria-hidden />}
        width={190}
        value={filter.tag}
        onChange={(tag) => onChange({ tag })}
      />
      <RegionSelect label="Is in" value={filter.region} estate={estate} onChange={(region) => onChange({ region })} />
      <RegionSelect
        label="Is missing in"
        value={filter.missing_in}
        estate={estate}
        onChange={(missing_in) => onChange({ missing_in })}
      />
      <Select
        aria-label="Kind"
        placeholder="Every kind"
        clearable
        w={190}
        data={[
          { value: 'multi', label: 'Multi-Region' },
          { value: 'single', label: 'Single-Region' },
        ]}
        value={filter.kind || null}
        onChange={(kind) => onChange({ kind: kind ?? '' })}
      />
    </Group>
  );
}

interface FindProps {
  label: string;
  icon: ReactNode;
  width: number;
  value: string;
  onChange: (next: string) => void;
}

/** Asks the API once the typing pauses. */
function Find({ label, icon, width, value, onChange }: FindProps) {
  const [text, setText] = useState(value);
  const ask = useDebouncedCallback(onChange, 250);
  // The address may change by itself, as with Back.
  useEffect(() => setText((typed) => (typed.trim() === value ? typed : value)), [value]);
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      leftSection={icon}
      w={width}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        ask(event.currentTarget.value.trim());
      }}
    />
  );
}

interface RegionSelectProps {
  label: string;
  value: string;
  estate: EstateView | undefined;
  onChange: (next: string) => void;
}

function RegionSelect({ label, value, estate, onChange }: RegionSelectProps) {
  const known = new Set([...(estate?.regions.map(({ region }) => region) ?? []), ...(value ? [value] : [])]);
  const counts = new Map(estate?.regions.map(({ region, keys }) => [region, keys]));
  return (
    <Select
      aria-label={label}
      placeholder={label}
      clearable
      searchable
      w={230}
      data={[...known].sort().map((region) => ({
        value: region,
        label: [region, regionName(region), counts.get(region)?.toLocaleString('en')].filter(Boolean).join(' · '),
      }))}
      value={value || null}
      onChange={(next) => onChange(next ?? '')}
    />
  );
}
