import { type DrillView, type Runbook, stepInWords } from '@keyferry/core';
import { Code, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useCaller } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Facts } from '../display/facts.tsx';
import { Notice } from '../display/notice.tsx';
import { AskFirst } from './ask-first.tsx';
import { missingApprovals, whyNotDecide } from './waits-for.ts';

interface DecideProps {
  drill: DrillView;
  decision: 'approve' | 'reject';
  onClose: () => void;
}

/** Shows what is decided, as it was when this opened, and decides exactly that: should it be another by then, it is refused. */
export function Decide({ drill: live, decision, onClose }: DecideProps) {
  const { caller } = useCaller();
  const [drill] = useState(live);
  const [comment, setComment] = useState('');
  const wanted = missingApprovals(live);
  const why = wanted === null ? 'There is nothing left to decide.' : whyNotDecide(live, wanted, caller);
  const known = drill.scope_sha256 !== null;
  const said = comment.trim();
  const approves = decision === 'approve';
  return (
    <AskFirst
      drill={live}
      onClose={onClose}
      grave={!approves}
      ready={why === null && known}
      label={approves ? 'Approve exactly this' : 'Reject'}
      act={() =>
        keyferry.decideDrill(drill.id, {
          decision,
          spec_sha256: drill.spec_sha256,
          ...(wanted?.step == null ? {} : { step: wanted.step }),
          ...(drill.scope_sha256 === null ? {} : { scope_sha256: drill.scope_sha256 }),
          ...(said === '' ? {} : { comment: said }),
        })
      }
    >
      <Bound drill={drill} step={wanted?.step ?? null} />
      {why !== null ? (
        <Notice tone="waits" title="You cannot decide this">
          <Text size="sm">{why}</Text>
        </Notice>
      ) : (
        <>
          {!approves && (
            <Text size="sm">
              {wanted?.step == null
                ? 'A rejected drill does not start: it fails, and nothing is done.'
                : 'A rejected step fails; the runbook says what follows from that.'}
            </Text>
          )}
          <Textarea
            label="Comment"
            description="Kept with the decision for good; may be left out"
            maxLength={2_000}
            autosize
            minRows={2}
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
        </>
      )}
    </AskFirst>
  );
}

/** What is decided, and nothing besides. */
function Bound({ drill, step }: { drill: DrillView; step: string | null }) {
  const { steps } = drill.spec as Runbook;
  const at = steps.find(({ id }) => id === step);
  return (
    <Stack gap="xs">
      {at && (
        <Text size="sm" fw={600}>
          {stepInWords(at)}
        </Text>
      )}
      <Facts
        facts={[
          ['Scenario', drill.scenario],
          ['Mode', drill.mode === 'rehearse' ? 'Rehearsal: nothing is changed' : 'Live: its steps change keys'],
          ['Submitted by', drill.created_by],
          ['Change ticket', drill.change_ticket ?? '–'],
          ['Keys', drill.keys === null ? 'not known yet' : drill.keys.toLocaleString()],
          ['Regions', drill.regions.join(', ')],
          drill.lost_regions.length > 0 && ['Taken as lost', drill.lost_regions.join(', ')],
          ['Steps', steps.map(stepInWords).join(' → ')],
          ['SHA-256 of the runbook', <Code key="spec">{drill.spec_sha256}</Code>],
          ['SHA-256 of its keys', drill.scope_sha256 ? <Code key="scope">{drill.scope_sha256}</Code> : 'not known yet'],
        ]}
      />
    </Stack>
  );
}
