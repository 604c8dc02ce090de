import { type EstateKeyDetailView, visibleLine } from '@keyferry/core';
import { Badge, Group, Table, Text } from '@mantine/core';
import { Copyable } from '../display/copyable.tsx';
import { regionName } from '../regions/region-names.ts';
import { lookOfKeyState } from './region-chip.tsx';

/** Every member of a set, its primary too. */
export function KeySet({ of: { regions } }: { of: EstateKeyDetailView }) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing="xs" horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Region</Table.Th>
            <Table.Th>Role</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th w="40%">ARN and CCKM id</Table.Th>
            <Table.Th>Tags</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {regions.map(({ region, key_id, key_arn, key_state, primary, tags }) => {
            const { shape, colour, meaning } = lookOfKeyState(key_state);
            return (
              <Table.Tr key={key_id} style={{ verticalAlign: 'top' }}>
                <Table.Td>
                  {region || 'no Region'}
                  <Text size="xs" className="quiet">
                    {regionName(region)}
                  </Text>
                </Table.Td>
                <Table.Td fw={primary ? 600 : undefined}>{primary ? 'Primary' : 'Replica'}</Table.Td>
                <Table.Td>
                  <span aria-hidden style={{ color: colour, fontFamily: 'var(--glyphs)' }}>
                    {shape}
                  </span>{' '}
                  {key_state ?? 'Unknown'}
                  <Text size="xs" className="quiet">
                    {meaning}
                  </Text>
                </Table.Td>
                <Table.Td>
                  {key_arn !== null && <Copyable value={key_arn} what="the ARN" />}
                  <Copyable value={key_id} what="the CCKM id" />
                </Table.Td>
                <Table.Td>
                  <Group gap={4}>
                    {tags.map(({ key, value }) => (
                      <Badge key={key} variant="default" radius="sm" tt="none" fw={500}>
                        {visibleLine(value === '' ? key : `${key}=${value}`)}
                      </Badge>
                    ))}
                    {tags.length === 0 && <span className="quiet">none</span>}
                  </Group>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
