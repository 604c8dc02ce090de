import { ProblemError } from '@keyferry/client';
import { durationInWords, formatMoney, type PlanCommand, type PlanView } from '@keyferry/core';
import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { noAnswer } from '../../api/no-answer.ts';
import { Failure } from '../../display/failure.tsx';
import { Loading } from '../../display/loading.tsx';
import { Notice } from '../../display/notice.tsx';
import { planLooks } from '../../states/plan-states.ts';
import { usePreview } from '../plan-queries.ts';
import { takes } from './commands.ts';

/** The body of a dialog that asks before a command is sent; it says so when the plan no longer takes the command. */
export function Confirmation({ plan, command, label, act, onClose, children, ready = true }: ConfirmationProps) {
  const acting = useAct(plan.id, act, onClose);
  const possible = takes(plan, command);
  const ends = command === 'cancel' || command === 'reject';
  return (
    <Stack>
      {possible && children}
      {!possible && !acting.error && (
        <Notice answers tone="waits" title="The plan has changed">
          <Text size="sm">It is now “{planLooks[plan.state].label}”: there is nothing left to do here.</Text>
        </Notice>
      )}
      {acting.error && <Refusal error={acting.error} plan={plan} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus={ends || undefined}>
          {possible ? 'Keep' : 'Close'}
        </Button>
        {possible && (
          <Button
            {...(ends && { color: 'red.9' })}
            loading={acting.isPending}
            disabled={!ready}
            onClick={() => acting.mutate()}
            data-autofocus={!ends || undefined}
          >
            {label}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

interface ConfirmationProps {
  plan: PlanView;
  command: PlanCommand;
  /** Of the button that sends it. */
  label: string;
  act: () => Promise<PlanView>;
  onClose: () => void;
  /** What it does, and what has to be filled in. */
  children: ReactNode;
  /** All that has to be filled in is. */
  ready?: boolean;
}

/** How long it takes and what it costs, before a person agrees to it. */
export function Outlook({ plan }: { plan: PlanView }) {
  const { data: preview, isPending } = usePreview(plan);
  if (isPending) return <Loading what="what it costs" heights={[20]} />;
  if (!preview) return null;
  return (
    <Text size="sm">
      About <b>{durationInWords(preview.expected_seconds)}</b> by the AWS quotas, and about{' '}
      <b>{formatMoney(preview.monthly_cost)}</b> a month for {preview.monthly_cost.keys.toLocaleString('en')} new keys.
      {preview.window?.fits === false && ' It does not fit into its maintenance window: the rest runs in the next.'}
    </Text>
  );
}

/** Why a command was not carried out: usually another person was faster. */
export function Refusal({ error, plan }: { error: Error; plan: PlanView }) {
  if (!(error instanceof ProblemError)) {
    return (
      <Notice answers tone="waits" title={noAnswer(error)}>
        <Text size="sm">It may have been carried out; the page is being read again. Repeating it is safe.</Text>
      </Notice>
    );
  }
  if (error.status !== 409) return <Failure error={error} />;
  return (
    <Notice answers tone="waits" title="Not done: the plan has changed">
      <Text size="sm">
        {error.problem.detail} It is now “{planLooks[plan.state].label}”.
      </Text>
    </Notice>
  );
}

/** Sends a command to a plan, and updates everything that shows the plan. */
export function useAct(id: string, act: () => Promise<PlanView>, onDone: () => void) {
  const store = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: async (plan) => {
      store.setQueryData(['plan', id], plan);
      onDone();
      await Promise.all([
        store.invalidateQueries({ queryKey: ['plan', id] }),
        store.invalidateQueries({ queryKey: ['plans'] }),
      ]);
    },
    // Refused, or without an answer: the plan is read again.
    onError: () => store.invalidateQueries({ queryKey: ['plan', id], exact: true }),
  });
}
