import type { InputError } from '@keyferry/core';
import { Card, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

/** A part of the form under its heading. */
export function Section({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  const id = useId();
  return (
    <Card withBorder component="section" aria-labelledby={id} padding="lg">
      <Stack gap="md">
        <div>
          <Title order={2} size="h4" id={id}>
            {title}
          </Title>
          {hint && (
            <Text size="sm" className="quiet">
              {hint}
            </Text>
          )}
        </div>
        {children}
      </Stack>
    </Card>
  );
}

/** Why a field may not stay as it is: what is wrong at it or within it; nothing while there is nothing. */
export type ErrorAt = (path: string) => string | undefined;

/** Looks errors up by the path of a field. */
export function errorAt(errors: readonly InputError[]): ErrorAt {
  return (path) => {
    const within = errors.filter(
      (error) => error.path === path || (/^[.[]/.test(error.path.slice(path.length)) && error.path.startsWith(path)),
    );
    const [first] = within;
    if (first === undefined) return undefined;
    return within.length === 1 ? first.message : `${first.message} And ${within.length - 1} more.`;
  };
}
