import { type CoverageCheckView, type CoveragePolicy, countOf } from '@keyferry/core';
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconReplace } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { noAnswer } from '../api/no-answer.ts';
import { Effect } from '../display/effect.tsx';
import { Failure } from '../display/failure.tsx';
import { closeInWords } from './close-in-words.ts';

/** Makes a plan of what a check found missing, and leads to it. */
export function CloseGaps({ check }: { check: CoverageCheckView }) {
  const may = useMay();
  const [open, setOpen] = useState(false);
  const missing = check.counts?.missing ?? 0;
  if (missing === 0 || !check.cells_kept || !may('POST /v1/coverage/checks/{id}/plan')) return null;
  return (
    <>
      <Button leftSection={<IconReplace size={16} aria-hidden />} onClick={() => setOpen(true)}>
        Close the gaps
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={<Text fw={650}>Close the gaps: {countOf(missing, 'missing replica')}</Text>}
        centered
      >
        <Closing check={check} onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function Closing({ check, onClose }: { check: CoverageCheckView; onClose: () => void }) {
  const [, navigate] = useLocation();
  const store = useQueryClient();
  const closing = useMutation({
    mutationFn: (mode: 'execute' | 'preview') =>
      keyferry.request('POST /v1/coverage/checks/{id}/plan', { id: check.id, body: { mode } }),
    onSuccess: async (plan) => {
      await store.invalidateQueries({ queryKey: ['plans'] });
      navigate(`/plans/${plan.id}`);
    },
  });
  const { approvals = 0, require_approval: asks = false } = (check.spec as Partial<CoveragePolicy>).options ?? {};
  const waits = asks ? [`It starts only with ${countOf(approvals || 1, 'approval')} of others than you.`] : [];
  return (
    <Stack>
      <Effect lines={[...closeInWords(check), ...waits]} />
      {closing.error && (
        <Failure
          error={closing.error}
          unanswered={`${noAnswer(closing.error)}. The plan may have been made: check the list of plans before you do it again.`}
        />
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Leave it as it is
        </Button>
        <Button
          variant="default"
          loading={closing.isPending && closing.variables === 'preview'}
          disabled={closing.isPending}
          onClick={() => closing.mutate('preview')}
        >
          Preview the plan
        </Button>
        <Button
          data-autofocus
          loading={closing.isPending && closing.variables === 'execute'}
          disabled={closing.isPending}
          onClick={() => closing.mutate('execute')}
        >
          Submit the plan
        </Button>
      </Group>
    </Stack>
  );
}
