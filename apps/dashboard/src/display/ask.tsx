import { Button, Group, Stack } from '@mantine/core';
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { unknownOutcome } from '../api/no-answer.ts';
import { Failure } from './failure.tsx';

interface AskProps<Answer> {
  /** Of the button that does it. */
  label: string;
  act: () => Promise<Answer>;
  onDone?: (answer: Answer) => void;
  onClose: () => void;
  /** What has to be read again afterwards, whatever became of it. */
  changes: QueryKey;
  /** It destroys something, or cannot be undone. */
  grave?: boolean;
  /** After an outcome that is not known: what doing it again would do. */
  again?: string;
  /** What it does. */
  children: ReactNode;
}

/** The body of a dialog that asks before something is done, and reports when that was refused or its outcome is not known. */
export function Ask<Answer>({
  label,
  act,
  onDone,
  onClose,
  changes,
  grave = false,
  again = 'Doing it again does no harm.',
  children,
}: AskProps<Answer>) {
  const store = useQueryClient();
  const acting = useMutation({
    mutationFn: act,
    onSuccess: (answer) => {
      onClose();
      onDone?.(answer);
    },
    onSettled: () => store.invalidateQueries({ queryKey: changes }),
    // An answer may hold a secret.
    gcTime: 0,
  });
  return (
    <Stack>
      {children}
      {acting.error && <Failure error={acting.error} unanswered={`${unknownOutcome(acting.error)} ${again}`} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus={grave || undefined}>
          Keep
        </Button>
        <Button
          {...(grave && { color: 'red.9' })}
          loading={acting.isPending}
          onClick={() => acting.mutate()}
          data-autofocus={!grave || undefined}
        >
          {label}
        </Button>
      </Group>
    </Stack>
  );
}
