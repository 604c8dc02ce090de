import type { PlanCommand, PlanView } from '@keyferry/core';
import { Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Notice } from '../../display/notice.tsx';
import { planLooks } from '../../states/plan-states.ts';
import { takes } from './commands.ts';
import { Refusal } from './refusal.tsx';
import { useAct } from './use-act.ts';

/** The body of a dialog that asks before a command is given; it says so when the plan takes it no more. */
export function Confirmation({ plan, command, label, act, onClose, children, ready = true }: ConfirmationProps) {
  const acting = useAct(plan.id, act, onClose);
  const possible = takes(plan, command);
  return (
    <Stack>
      {possible && children}
      {!possible && !acting.error && (
        <Notice answers tone="waits" title="The plan has changed meanwhile">
          <Text size="sm">It is “{planLooks[plan.state].label}” now: there is nothing left to do here.</Text>
        </Notice>
      )}
      {acting.error && <Refusal error={acting.error} plan={plan} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus={command === 'cancel' || undefined}>
          {possible ? 'Leave it as it is' : 'Close'}
        </Button>
        {possible && (
          <Button
            {...(command === 'cancel' && { color: 'red.9' })}
            loading={acting.isPending}
            disabled={!ready}
            onClick={() => acting.mutate()}
            data-autofocus={command !== 'cancel' || undefined}
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
  /** Of the button that does it. */
  label: string;
  act: () => Promise<PlanView>;
  onClose: () => void;
  /** What it does, and what has to be filled in. */
  children: ReactNode;
  /** All that has to be filled in is. */
  ready?: boolean;
}
