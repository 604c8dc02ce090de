import { Stack, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

/** A part of the drawer under its own title. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <Stack component="section" gap="xs" aria-labelledby={id}>
      <Title order={3} size="sm" id={id}>
        {title}
      </Title>
      {children}
    </Stack>
  );
}
