import { Stack, Text, ThemeIcon } from '@mantine/core';
import { IconAnchor } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** There is nothing to show: why, and what would change that. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py={48} ta="center">
      <ThemeIcon variant="light" size={44} radius="xl" aria-hidden>
        <IconAnchor stroke={1.6} />
      </ThemeIcon>
      <Text fw={600}>{title}</Text>
      {children}
    </Stack>
  );
}
