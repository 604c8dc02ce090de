import { visibleLine } from '@keyferry/core';
import { Group, Stack, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useHealth } from '../api/health.ts';

/** The title of a page, in the page and in the browser's tab, marked there when not all is well or that is not known, with what can be done there at its right. */
export function PageHead({ title, tab = title, below, compact = false, children }: PageHeadProps) {
  const { health, stale } = useHealth();
  const mark = stale ? '(?) ' : health === null || health === 'ok' ? '' : '(!) ';
  useDocumentTitle(`${mark}${visibleLine(tab)} · Keyferry`);
  return (
    <Group justify="space-between" align="flex-start" mb={compact ? 'sm' : 'lg'} gap="sm">
      <Stack gap={4} miw={0} flex="1 1 24rem">
        <Title order={1} size="h2">
          {visibleLine(title)}
        </Title>
        {below}
      </Stack>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}

interface PageHeadProps {
  title: string;
  /** Of the browser's tab, where it is another. */
  tab?: string;
  below?: ReactNode;
  /** Leaves the room to what stands under it. */
  compact?: boolean;
  children?: ReactNode;
}
