import type { InputError } from '@keyferry/core';
import { Card, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import type { Draft } from './draft.ts';

/** What a part of the form is given: the draft, how to change it, and what is wrong. */
export interface SectionProps {
  draft: Draft;
  change: (next: Partial<Draft>) => void;
  error: ErrorAt;
}

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

/** Why a field may not stay as it is: what is wrong at it, or (unless `exactly`) within it; nothing while there is nothing. */
export type ErrorAt = (path: string, exactly?: 'exactly') => string | undefined;

/** Looks errors up by the path of a field. */
export function errorAt(errors: readonly InputError[]): ErrorAt {
  return (path, exactly) => {
    const [first, ...more] = errors.filter((error) => (exactly ? error.path === path : isWithin(error.path, path)));
    if (first === undefined) return undefined;
    return more.length === 0 ? first.message : `${first.message} And ${more.length} more.`;
  };
}

/** Whether a path of a plan (`regions[1]`) is that of a field (`regions`), or lies within it. */
export function isWithin(path: string, field: string): boolean {
  return path === field || (path.startsWith(field) && /^[.[]/.test(path.slice(field.length)));
}
