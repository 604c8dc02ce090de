import { countOf, type DrillView, type PlanView } from '@keyferry/core';
import { Radio, Stack, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { keyferry } from '../api/client.ts';
import { Effect } from '../display/effect.tsx';
import { Notice } from '../display/notice.tsx';
import { AskFirst } from './ask-first.tsx';
import { Decide } from './decide.tsx';
import { effectOfAbort, effectOfPauseDrill, effectOfResumeDrill, promoted } from './effect-of.ts';
import { missingApprovals } from './waits-for.ts';

export type Asked = 'approve' | 'reject' | 'pause' | 'resume' | 'abort' | 'break_glass';

interface DrillDialogProps {
  asked: Asked;
  label: string;
  drill: DrillView;
  onClose: () => void;
}

/** Asks before something is done to a drill, each thing in its own way. */
export function DrillDialog({ asked, label, drill, onClose }: DrillDialogProps) {
  const plan = useStepPlan(drill);
  switch (asked) {
    case 'approve':
    case 'reject':
      return <Decide {...{ drill, onClose }} decision={asked} />;
    case 'break_glass':
      return <BreakGlass {...{ drill, onClose }} />;
    case 'abort':
      return <Abort {...{ drill, plan, onClose }} />;
    case 'pause':
    case 'resume':
      return (
        <AskFirst
          {...{ drill, onClose }}
          label={`${label} the drill`}
          act={() =>
            asked === 'pause'
              ? keyferry.request('POST /v1/drills/{id}/pause', { id: drill.id })
              : keyferry.request('POST /v1/drills/{id}/resume', { id: drill.id })
          }
        >
          <Effect lines={asked === 'pause' ? effectOfPauseDrill(drill, plan) : effectOfResumeDrill(drill)} />
        </AskFirst>
      );
  }
}

/** Ends the drill; where keys were promoted one says what becomes of them. */
function Abort({ drill, plan, onClose }: { drill: DrillView; plan: PlanView | null; onClose: () => void }) {
  const moved = promoted(drill);
  const [rollback, setRollback] = useState(false);
  return (
    <AskFirst
      {...{ drill, onClose }}
      grave
      label={rollback ? 'Abort and fail back' : 'Abort the drill'}
      act={() => keyferry.request('POST /v1/drills/{id}/abort', { id: drill.id, body: { rollback } })}
    >
      {moved > 0 && (
        <Radio.Group
          label={`What becomes of the ${countOf(moved, 'promoted key')}`}
          value={rollback ? 'back' : 'stay'}
          onChange={(value) => setRollback(value === 'back')}
        >
          <Stack gap={6} mt={6}>
            <Radio value="stay" label="They stay where their primary is now" />
            <Radio value="back" label="They are moved back to where the primary was" />
          </Stack>
        </Radio.Group>
      )}
      <Effect lines={effectOfAbort(drill, plan, rollback)} />
    </AskFirst>
  );
}

/** Goes on without the approvals that are missing. */
function BreakGlass({ drill, onClose }: { drill: DrillView; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const said = reason.trim();
  const wanted = missingApprovals(drill);
  const left = wanted === null ? 0 : Math.max(0, wanted.required - wanted.given.length);
  return (
    <AskFirst
      {...{ drill, onClose }}
      grave
      ready={said !== '' && wanted !== null}
      label="Continue without approvals"
      act={() => keyferry.request('POST /v1/drills/{id}/break-glass', { id: drill.id, body: { reason: said } })}
    >
      <Notice tone="broken" title={`Continues without ${countOf(left, 'approval')} that the runbook requires`}>
        <Text size="sm">
          Use this only when waiting does more harm than an unreviewed mistake. Your name, the time and the reason are
          recorded in the audit log, as a finding to follow up, and in the evidence. It cannot be undone
          {drill.mode === 'live' && `, and its steps then change up to ${countOf(drill.keys ?? 0, 'key')}`}.
        </Text>
      </Notice>
      <Textarea
        label="Reason"
        description="Why no other approver was available in time"
        required
        maxLength={2_000}
        autosize
        minRows={3}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </AskFirst>
  );
}

/** The plan of the step under way, as long as it is not at its end; null: there is none, or it is not known yet. */
function useStepPlan(drill: DrillView): PlanView | null {
  const id = drill.steps.find((step) => step.id === drill.current_step)?.plan_id ?? null;
  const { data } = useQuery({
    queryKey: ['plan', id],
    queryFn: () => keyferry.request('GET /v1/plans/{id}', { id: id ?? '' }),
    enabled: id !== null,
    refetchInterval: 2_000,
  });
  return data && data.finished_at === null ? data : null;
}
