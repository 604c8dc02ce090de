import type { ReplicaFilter } from '@keyferry/client';
import { allRegions, type PlanSpec, type PlanView, replicaStates } from '@keyferry/core';
import { Button, Checkbox, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { withSearch } from '../../display/address.ts';
import { regionName } from '../../regions/region-names.ts';
import { replicaLooks } from '../../states/replica-states.ts';
import { useFailures } from '../plan-queries.ts';

interface FilterBarProps {
  plan: PlanView;
  filter: ReplicaFilter;
  change: (name: 'state' | 'region' | 'key' | 'error_code' | 'differs', value: string | null) => void;
  /** Null: nothing is filtered. */
  clear: (() => void) | null;
}

export function FilterBar({ plan, filter, change, clear }: FilterBarProps) {
  const failures = useFailures(plan).data?.items ?? [];
  const codes = new Set([...failures.map(({ code }) => code), ...(filter.error_code ? [filter.error_code] : [])]);
  const regions = new Set([...allRegions(plan.spec as PlanSpec), ...(filter.region ? [filter.region] : [])]);
  return (
    <Group p="sm" gap="xs" role="search" aria-label="Filter the replicas">
      <KeyInput given={filter.key ?? ''} change={(key) => change('key', key)} />
      <Select
        aria-label="State"
        placeholder="Every state"
        clearable
        w={150}
        data={replicaStates.map((value) => ({ value, label: replicaLooks[value].label }))}
        value={filter.state ?? null}
        onChange={(state) => change('state', state)}
      />
      <Select
        aria-label="Region"
        placeholder="Every Region"
        clearable
        searchable
        w={215}
        data={[...regions].map((value) => ({ value, label: `${value} ${regionName(value)}`.trim() }))}
        value={filter.region ?? null}
        onChange={(region) => change('region', region)}
      />
      {codes.size > 0 && (
        <Select
          aria-label="Error code"
          placeholder="Every error"
          clearable
          w={190}
          data={[...codes]}
          value={filter.error_code ?? null}
          onChange={(code) => change('error_code', code)}
        />
      )}
      {(plan.differing > 0 || filter.differs) && (
        <Checkbox
          label={`Differs from the request (${plan.differing.toLocaleString('en')})`}
          checked={filter.differs === true}
          onChange={({ currentTarget: { checked } }) => change('differs', checked ? 'true' : null)}
        />
      )}
      {clear && (
        <Button variant="subtle" onClick={clear}>
          Show all
        </Button>
      )}
    </Group>
  );
}

/** Takes one key, by any of its names; asks when the typing rests. */
function KeyInput({ given, change }: { given: string; change: (key: string) => void }) {
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  const rest = useDebouncedCallback((key: string) => change(key.trim()), 350);
  return (
    <TextInput
      aria-label="Key"
      placeholder="alias/…, mrk-…, ARN or CCKM id"
      w={250}
      value={text}
      onChange={({ currentTarget: { value } }) => {
        setText(value);
        rest(value);
      }}
    />
  );
}

const names = ['state', 'region', 'key', 'error_code', 'differs'] as const;
type Name = (typeof names)[number];

/**
 * Which replicas are listed, and after which cursor: in the address, so that it can be pasted elsewhere. Another filter
 * begins at the first page; turning the page can be taken back by going back.
 */
export function useReplicaFilter() {
  const [search, setSearch] = useSearchParams();
  const given = (name: Name) => search.get(name) || undefined;
  const filter: ReplicaFilter = {
    state: replicaStates.find((state) => state === search.get('state')),
    region: given('region'),
    key: given('key'),
    error_code: given('error_code'),
    differs: search.get('differs') === 'true' ? true : undefined,
  };
  const change = (name: Name, value: string | null) =>
    setSearch((now) => withSearch(now, { after: null, [name]: value }), { replace: true });
  const clear = () => setSearch({}, { replace: true });
  const turnTo = (cursor: string | null) => setSearch((now) => withSearch(now, { after: cursor }));
  const filtered = names.some((name) => filter[name] !== undefined);
  return { filter, after: search.get('after'), filtered, change, clear, turnTo };
}
