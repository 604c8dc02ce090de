import { type CoverageCheckView, type CoveragePolicy, countOf, type PlanView } from '@keyferry/core';
import { Anchor, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconReplace } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { newIdempotencyKey } from '../api/idempotency-key.ts';
import { noAnswer } from '../api/no-answer.ts';
import { Effect } from '../display/effect.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { closeInWords, preflightInWords } from './close-in-words.ts';

/** Makes a plan of what a check found missing: previewed first, so that it is known how many replicas preflight lets through. */
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
        size="lg"
        centered
      >
        <Closing check={check} onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function Closing({ check, onClose }: { check: CoverageCheckView; onClose: () => void }) {
  const store = useQueryClient();
  const [idempotencyKey] = useState(newIdempotencyKey);
  const previewing = useMutation({
    // Pressed again after an answer was lost, it is the same plan.
    mutationFn: () =>
      keyferry.request('POST /v1/coverage/checks/{id}/plan', {
        id: check.id,
        body: { mode: 'preview' },
        idempotencyKey,
      }),
    onSuccess: () => store.invalidateQueries({ queryKey: ['plans'] }),
  });
  if (previewing.data) return <Previewed id={previewing.data.id} check={check} onClose={onClose} />;
  return (
    <Stack>
      <Effect lines={closeInWords(check)} />
      {previewing.error && (
        <Failure
          error={previewing.error}
          unanswered={`${noAnswer(previewing.error)}. The preview may have been made. Checking again does not make a second one.`}
        />
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button data-autofocus loading={previewing.isPending} onClick={() => previewing.mutate()}>
          Run preflight
        </Button>
      </Group>
    </Stack>
  );
}

interface PreviewedProps {
  id: string;
  check: CoverageCheckView;
  onClose: () => void;
}

/** What preflight lets through of the plan, which is then run or discarded. */
function Previewed({ id, check, onClose }: PreviewedProps) {
  const may = useMay();
  const [, navigate] = useLocation();
  const store = useQueryClient();
  const plan = useQuery({
    queryKey: ['plan', id],
    queryFn: () => keyferry.request('GET /v1/plans/{id}', { id }),
    refetchInterval: ({ state: { data } }) => (data === undefined || data.state === 'resolving' ? 1_000 : false),
  });
  const resolved = plan.data !== undefined && plan.data.state !== 'resolving';
  const preview = useQuery({
    queryKey: ['plan', id, 'preview'],
    queryFn: () => keyferry.request('GET /v1/plans/{id}/preview', { id }),
    enabled: resolved,
  });
  const acting = useMutation({
    mutationFn: (command: 'execute' | 'cancel') =>
      command === 'execute'
        ? keyferry.request('POST /v1/plans/{id}/execute', { id })
        : keyferry.request('POST /v1/plans/{id}/cancel', { id }),
    onSuccess: async (next: PlanView, command) => {
      store.setQueryData(['plan', id], next);
      void store.invalidateQueries({ queryKey: ['plans'] });
      if (command === 'execute') navigate(`/plans/${id}`);
      else onClose();
    },
  });
  const error = plan.error ?? preview.error;
  const passes = plan.data?.counts.pending ?? 0;
  const { approvals = 0, require_approval: asks = false } = (check.spec as Partial<CoveragePolicy>).options ?? {};
  return (
    <Stack>
      <div role="status">
        {plan.data && resolved && (
          <Text fw={600}>{plan.data.state === 'failed' ? 'Preflight failed' : preflightInWords(plan.data.counts)}</Text>
        )}
        {plan.data?.reason && <Text size="sm">{plan.data.reason}</Text>}
      </div>
      {!resolved && !error && <Loading what="what preflight finds" heights={[24, 48]} />}
      {error && (
        <Failure
          error={error}
          what="the preview"
          onRetry={() => {
            void plan.refetch();
            void preview.refetch();
          }}
        />
      )}
      {preview.data && preview.data.reasons.length > 0 && (
        <Effect
          lines={preview.data.reasons.map(
            ({ count, message, what_to_do }) => `${count.toLocaleString('en')} blocked: ${message} ${what_to_do}`,
          )}
        />
      )}
      {asks && passes > 0 && (
        <Text size="sm">It starts after {countOf(approvals || 1, 'approval')} by someone other than you.</Text>
      )}
      {acting.error && (
        <Failure
          error={acting.error}
          unanswered={`${noAnswer(acting.error)}. It may have been carried out: open the plan to see its state.`}
        />
      )}
      <Group justify="flex-end" gap="xs">
        <Anchor component={Link} href={`/plans/${id}`} size="sm" mr="auto">
          Open the plan
        </Anchor>
        {may('POST /v1/plans/{id}/cancel') && (
          <Button
            variant="default"
            loading={acting.isPending && acting.variables === 'cancel'}
            disabled={acting.isPending}
            onClick={() => acting.mutate('cancel')}
          >
            Discard the plan
          </Button>
        )}
        {may('POST /v1/plans/{id}/execute') && (
          <Button
            loading={acting.isPending && acting.variables === 'execute'}
            disabled={acting.isPending || plan.data?.state !== 'previewed' || passes === 0}
            onClick={() => acting.mutate('execute')}
          >
            {passes === 0 ? 'Create replicas' : `Create ${countOf(passes, 'replica')}`}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
