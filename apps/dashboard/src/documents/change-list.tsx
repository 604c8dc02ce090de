import { visibleLine } from '@keyferry/core';
import { Table, Text } from '@mantine/core';
import looks from './change-list.module.css';
import type { Change } from './changes.ts';

const mostShown = 50;
const mostLetters = 300;

/** What saving changes, field by field; of something new, its fields. */
export function ChangeList({ changes, isNew }: { changes: readonly Change[]; isNew: boolean }) {
  if (changes.length === 0) return <Text size="sm">The stored document says the same. There is nothing to save.</Text>;
  return (
    <>
      <Table className={looks.changes} verticalSpacing={6} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="34%">Field</Table.Th>
            {!isNew && <Table.Th>Before</Table.Th>}
            <Table.Th>{isNew ? 'Value' : 'After'}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.slice(0, mostShown).map(({ path, before, after }) => (
            <Table.Tr key={path}>
              <Table.Td>{visibleLine(path)}</Table.Td>
              {!isNew && <Table.Td>{told(before)}</Table.Td>}
              <Table.Td>{told(after)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {changes.length > mostShown && (
        <Text size="sm" className="quiet">
          and {(changes.length - mostShown).toLocaleString('en')} more fields
        </Text>
      )}
    </>
  );
}

function told(value: unknown) {
  if (value === undefined) return <span className="quiet">not set</span>;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return visibleLine(text.length > mostLetters ? `${text.slice(0, mostLetters)} …` : text);
}
