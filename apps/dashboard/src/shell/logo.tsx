import { Group, Text } from '@mantine/core';

export function Logo() {
  return (
    <Group gap={10} wrap="nowrap">
      <img src="/favicon.svg" width={28} height={28} alt="" />
      <Text fw={700} fz="lg" lh={1}>
        Keyferry
      </Text>
    </Group>
  );
}
