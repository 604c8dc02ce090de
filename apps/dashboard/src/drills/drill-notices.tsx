import { closedDrillStates, countOf, type DrillView } from '@keyferry/core';
import { Text } from '@mantine/core';
import { useCaller } from '../api/caller.ts';
import { withLocalTimes } from '../display/local-time.ts';
import { Notice } from '../display/notice.tsx';
import { Time } from '../display/time.tsx';
import { missingApprovals, whyNotDecide } from './waits-for.ts';

/** What everybody has to know about the drill before anything else: what it waits for, and what was passed over. */
export function DrillNotices({ drill }: { drill: DrillView }) {
  const { broken_glass: glass, state, reason, mode } = drill;
  const closed = closedDrillStates.includes(state);
  return (
    <>
      {mode === 'rehearse' && !closed && (
        <Notice tone="calm" title="This is a rehearsal: nothing is changed">
          <Text size="sm">
            Coverage is read; replications and promotions are previewed; waits, approvals and calls are skipped.
          </Text>
        </Notice>
      )}
      <Decision drill={drill} />
      {state === 'running' && drill.waiting && drill.waiting.code !== 'approval_missing' && (
        <Notice tone="waits" title="No progress at present">
          <Text size="sm">{withLocalTimes(drill.waiting.message)}</Text>
        </Notice>
      )}
      {state === 'paused' && (
        <Notice tone="waits" title="Paused">
          {reason && <Text size="sm">{withLocalTimes(reason)}</Text>}
        </Notice>
      )}
      {state === 'rolling_back' && (
        <Notice tone="waits" title="Promoted keys are moving back">
          {reason && <Text size="sm">{withLocalTimes(reason)}</Text>}
        </Notice>
      )}
      {(state === 'failed' || state === 'aborted') && (
        <Notice
          tone={state === 'failed' ? 'broken' : 'calm'}
          title={state === 'failed' ? 'The drill failed' : 'The drill was aborted'}
        >
          {reason && <Text size="sm">{withLocalTimes(reason)}</Text>}
        </Notice>
      )}
      {glass && (
        <Notice tone="broken" title={`Break-glass by ${glass.by}: the drill continues without its approvals`}>
          <Text size="sm">
            “{glass.reason}” <Time at={glass.at} />. It is recorded in the findings and the evidence.
          </Text>
        </Notice>
      )}
    </>
  );
}

/** Whose decision it waits for. */
function Decision({ drill }: { drill: DrillView }) {
  const { caller } = useCaller();
  const wanted = missingApprovals(drill);
  if (wanted === null) return null;
  const left = Math.max(0, wanted.required - wanted.given.length);
  const why = whyNotDecide(drill, wanted, caller);
  const what = wanted.step === null ? 'It starts' : `Step ${wanted.step} goes on`;
  return (
    <Notice tone="waits" title={`${what} with ${countOf(left, 'more approval')}`}>
      <Text size="sm">
        Any approver can decide except {drill.created_by}, who submitted it
        {wanted.given.length > 0 && `; already decided: ${wanted.given.map(({ approver }) => approver).join(', ')}`}.{' '}
        {why}
      </Text>
    </Notice>
  );
}
