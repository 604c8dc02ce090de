import { List } from '@mantine/core';

/** What a command will do, line by line. */
export function Effect({ lines }: { lines: readonly string[] }) {
  return (
    <List size="sm" spacing={6}>
      {lines.map((line) => (
        <List.Item key={line}>{line}</List.Item>
      ))}
    </List>
  );
}
