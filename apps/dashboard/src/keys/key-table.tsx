import type { EstateKeyView } from '@keyferry/core';
import { Anchor, Checkbox, Group, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { keyTitle } from './key-title.ts';
import { RegionChip } from './region-chip.tsx';

interface KeyTableProps {
  rows: readonly EstateKeyView[];
  selected: ReadonlySet<string>;
  /** Left out: the caller may make no plans. */
  onSelect?: (next: ReadonlySet<string>) => void;
}

/** Keys with their Regions; with `onSelect` each can be selected for a plan. */
export function KeyTable({ rows, selected, onSelect }: KeyTableProps) {
  // Only multi-Region keys with a primary can be replicated.
  const choosable = rows.filter(isReplicable).map(({ key_id }) => key_id);
  const chosen = choosable.filter((id) => selected.has(id)).length;
  const set = (ids: readonly string[], on: boolean) => {
    const next = new Set(selected);
    for (const id of ids) {
      if (on) next.add(id);
      else next.delete(id);
    }
    onSelect?.(next);
  };
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table highlightOnHover verticalSpacing="xs" horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            {onSelect && (
              <Table.Th w={40}>
                <Checkbox
                  aria-label="Select all keys shown"
                  disabled={choosable.length === 0}
                  checked={chosen > 0 && chosen === choosable.length}
                  indeterminate={chosen > 0 && chosen < choosable.length}
                  onChange={({ currentTarget }) => set(choosable, currentTarget.checked)}
                />
              </Table.Th>
            )}
            <Table.Th>Key</Table.Th>
            <Table.Th>Account</Table.Th>
            <Table.Th>Kind</Table.Th>
            <Table.Th w="42%">Regions</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((key) => (
            <Table.Tr key={key.key_id}>
              {onSelect && (
                <Table.Td>
                  <Checkbox
                    aria-label={`Select ${keyTitle(key)}`}
                    disabled={!isReplicable(key)}
                    checked={selected.has(key.key_id)}
                    onChange={({ currentTarget }) => set([key.key_id], currentTarget.checked)}
                  />
                </Table.Td>
              )}
              <Table.Td>
                <Anchor component={Link} href={`/keys/${encodeURIComponent(key.key_id)}`} size="sm" fw={600}>
                  {keyTitle(key)}
                </Anchor>
                <Text size="xs" className="quiet">
                  {key.alias === null ? 'no alias' : (key.mrk ?? key.key_id)}
                </Text>
              </Table.Td>
              <Table.Td className="numbers">{key.account ?? '–'}</Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
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

const isReplicable = ({ multi_region, primary_region }: EstateKeyView) => multi_region && primary_region !== null;
