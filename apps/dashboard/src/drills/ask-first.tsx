import { ProblemError } from '@keyferry/client';
import type { DrillView } from '@keyferry/core';
import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { unknownOutcome } from '../api/no-answer.ts';
import { Failure } from '../display/failure.tsx';
import { Notice } from '../display/notice.tsx';
import { drillLooks } from '../states/drill-states.ts';

interface AskFirstProps {
  drill: DrillView;
  /** Of the button that does it. */
  label: string;
  act: () => Promise<DrillView>;
  onClose: () => void;
  /** It destroys, or passes over what protects. */
  grave?: boolean;
  /** All that has to be filled in is, and the drill takes it. */
  ready?: boolean;
  /** What it does, and what has to be filled in. */
  children: ReactNode;
}

/** The body of a dialog that asks before something is done to a drill, and says so when it was refused. */
export function AskFirst({ drill, label, act, onClose, grave = false, ready = true, children }: AskFirstProps) {
  const store = useQueryClient();
  const acting = useMutation({
    mutationFn: act,
    onSuccess: async (next) => {
      store.setQueryData(['drill', drill.id], next);
      onClose();
      await store.invalidateQueries({ queryKey: ['drills'] });
    },
    onSettled: () => store.invalidateQueries({ queryKey: ['drill', drill.id] }),
  });
  return (
    <Stack>
      {children}
      {acting.error && <Refused error={acting.error} drill={drill} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus={grave || undefined}>
          Keep
        </Button>
        <Button
          {...(grave && { color: 'red.9' })}
          loading={acting.isPending}
          disabled={!ready}
          onClick={() => acting.mutate()}
          data-autofocus={!grave || undefined}
        >
          {label}
        </Button>
      </Group>
    </Stack>
  );
}

function Refused({ error, drill }: { error: Error; drill: DrillView }) {
  if (error instanceof ProblemError && error.status === 409) {
    return (
      <Notice answers tone="waits" title="Not done">
        <Text size="sm">
          {error.problem.detail} The drill is “{drillLooks[drill.state].label}” now.
        </Text>
      </Notice>
    );
  }
  return <Failure error={error} unanswered={`${unknownOutcome(error)} Doing it again does no harm.`} />;
}
