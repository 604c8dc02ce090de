import type { EstateKeyView, EstateView } from '@keyferry/core';
import { Alert, Card, Group, Select, Skeleton, Stack, Table, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { MoreRows, usePages } from '../display/listing.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { regionName } from '../regions/region-names.ts';
import { RegionChip } from './region-chip.tsx';

const pageSize = 100;
const fields = ['q', 'region', 'missing_in', 'kind'] as const;

/** Every key that CCKM lists with the Regions that it is in; the filter stands in the address. */
export default function Keys() {
  const [search, setSearch] = useSearchParams();
  const [q = '', region = '', missingIn = '', kind = ''] = fields.map((field) => search.get(field) ?? '');
  const keys = usePages({
    queryKey: ['keys', q, region, missingIn, kind],
    readPage: (cursor) =>
      keyferry.request('GET /v1/keys', {
        query: {
          q: q || undefined,
          region: region || undefined,
          missing_in: missingIn || undefined,
          multi_region: kind === '' ? undefined : kind === 'multi',
          limit: pageSize,
          cursor,
        },
      }),
    placeholderData: keepPreviousData,
    // Until it has been read for the first time there is nothing to look at but that.
    refetchInterval: ({ state }) => (state.data?.pages[0]?.read_at === null ? 1_000 : 15_000),
  });
  const set = (next: Partial<Record<(typeof fields)[number], string>>) => {
    const all = { q, region, missing_in: missingIn, kind, ...next };
    setSearch(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')), { replace: true });
  };
  const first = keys.data?.pages[0];
  const { rows = [] } = keys;
  const filtered = `${q}${region}${missingIn}${kind}` !== '';
  return (
    <>
      <PageHead title="Keys" below={first && <Standing estate={first} filtered={filtered} />} />
      <Stack gap="md">
        {first?.error && (
          <Alert color="orange" title="CCKM could not be read">
            {first.error.message} What you see is what was read before. It is tried again every half minute while this
            page is open.
          </Alert>
        )}
        <Card withBorder padding={0}>
          <Group p="sm" gap="xs" role="search" aria-label="Filter the keys">
            <Find value={q} onChange={(next) => set({ q: next })} />
            <RegionSelect label="Is in" value={region} estate={first} onChange={(next) => set({ region: next })} />
            <RegionSelect
              label="Is missing in"
              value={missingIn}
              estate={first}
              onChange={(next) => set({ missing_in: next })}
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
              value={kind || null}
              onChange={(next) => set({ kind: next ?? '' })}
            />
          </Group>
          {keys.error && !first && (
            <Stack p="sm">
              <Failure error={keys.error} what="the keys" onRetry={() => void keys.refetch()} />
            </Stack>
          )}
          {(keys.isPending || first?.read_at === null) && !first?.error && (
            <Stack p="sm" aria-busy="true" aria-label="Loading the keys">
              <Text size="sm" className="quiet" role="status">
                {first?.read_at === null && 'CCKM’s list is being read for the first time …'}
              </Text>
              {[1, 2, 3, 4].map((n) => (
                <Skeleton key={n} height={32} />
              ))}
            </Stack>
          )}
          {first?.read_at && rows.length === 0 && (
            <Empty title={filtered ? 'No key fits this filter' : 'CCKM lists no key'}>
              <Text size="sm" className="quiet">
                {filtered ? 'Take a part of it away.' : 'Are AWS accounts added in CCKM, and synchronised?'}
              </Text>
            </Empty>
          )}
          {rows.length > 0 && <KeyTable rows={rows} />}
          <MoreRows query={keys}>More keys</MoreRows>
        </Card>
      </Stack>
    </>
  );
}

function Standing({ estate, filtered }: { estate: EstateView; filtered: boolean }) {
  if (estate.read_at === null) return null;
  return (
    <Text size="sm" className="quiet numbers">
      {estate.total.toLocaleString('en')} {estate.total === 1 ? 'key' : 'keys'}
      {filtered && ' of this filter'}, as CCKM listed them at <Time at={estate.read_at} />
      {estate.reading && '; they are being read again'}
    </Text>
  );
}

/** Asks the API once the typing pauses. */
function Find({ value, onChange }: { value: string; onChange: (next: string) => void }) {
  const [text, setText] = useState(value);
  const settle = useDebouncedCallback(onChange, 250);
  return (
    <TextInput
      aria-label="Alias, key id or account"
      placeholder="Alias, key id or account"
      leftSection={<IconSearch size={16} aria-hidden />}
      w={260}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        settle(event.currentTarget.value.trim());
      }}
    />
  );
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

interface RegionSelectProps {
  label: string;
  value: string;
  estate: EstateView | undefined;
  onChange: (next: string) => void;
}

function KeyTable({ rows }: { rows: readonly EstateKeyView[] }) {
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table highlightOnHover verticalSpacing="xs" horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Key</Table.Th>
            <Table.Th>Account</Table.Th>
            <Table.Th>Kind</Table.Th>
            <Table.Th w="50%">Regions</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((key) => (
            <Table.Tr key={key.key_id}>
              <Table.Td>
                <Text size="sm" fw={600}>
                  {key.alias?.replace(/^alias\//, '') ?? key.mrk ?? key.key_id}
                </Text>
                <Text size="xs" className="quiet">
                  {key.alias === null ? 'no alias' : (key.mrk ?? key.key_id)}
                </Text>
              </Table.Td>
              <Table.Td className="numbers">{key.account ?? '–'}</Table.Td>
              <Table.Td>
                {key.multi_region
                  ? key.primary_region === null
                    ? 'No primary listed'
                    : 'Multi-Region'
                  : 'Single-Region'}
                <Text size="xs" className="quiet">
                  {key.origin ?? 'origin unknown'}
                </Text>
              </Table.Td>
              <Table.Td>
                <Group gap={6}>
                  {key.regions.map((member) => (
                    <RegionChip key={member.key_id} member={member} />
                  ))}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
