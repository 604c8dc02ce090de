import { ProblemError } from '@keyferry/client';
import { visibleLine } from '@keyferry/core';
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { noAnswer } from '../api/no-answer.ts';
import { Effect } from '../display/effect.tsx';
import { Failure } from '../display/failure.tsx';

interface DeleteButtonProps {
  /** As a sentence names it: `coverage policy`. */
  what: string;
  name: string;
  /** What deleting does, line by line. */
  effect: readonly string[];
  remove: () => Promise<unknown>;
  onDeleted: () => void;
}

/** Deletes something, and asks first. What is gone already counts as deleted. */
export function DeleteButton({ what, name, effect, remove, onDeleted }: DeleteButtonProps) {
  const [open, setOpen] = useState(false);
  const deleting = useMutation({
    mutationFn: async () => {
      try {
        await remove();
      } catch (error) {
        if (!(error instanceof ProblemError && error.status === 404)) throw error;
      }
    },
    onSuccess: () => {
      setOpen(false);
      notifications.show({ color: 'teal', message: `The ${what} ${visibleLine(name)} was deleted.` });
      onDeleted();
    },
  });
  return (
    <>
      <Button
        variant="default"
        c="var(--state-failed)"
        aria-label={`Delete the ${what} ${visibleLine(name)}`}
        onClick={() => setOpen(true)}
      >
        Delete
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={<Text fw={650}>{`Delete the ${what} ${visibleLine(name)}?`}</Text>}
        centered
      >
        <Stack>
          <Effect lines={effect} />
          {deleting.error && (
            <Failure
              error={deleting.error}
              unanswered={`${noAnswer(deleting.error)}. It may have been deleted. Deleting again does no harm.`}
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={() => setOpen(false)}>
              Keep
            </Button>
            <Button color="red.9" loading={deleting.isPending} onClick={() => deleting.mutate()}>
              Delete
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
