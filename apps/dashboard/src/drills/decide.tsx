import { readDrillFacts } from '@keyferry/client';
import { type DrillView, drillInWords } from '@keyferry/core';
import { Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useCaller } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Decision } from '../display/decision.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
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
  const why = wanted === null ? 'Nothing is waiting for a decision.' : whyNotDecide(live, wanted, caller);
  const [step] = useState(wanted?.step ?? null);
  const facts = useQuery({
    queryKey: ['drill-facts-as-opened', live.id],
    queryFn: () => readDrillFacts(keyferry, drill),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const known = drill.scope_sha256 !== null && facts.data !== undefined;
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
        keyferry.request('POST /v1/drills/{id}/approve', {
          id: drill.id,
          body: {
            decision,
            spec_sha256: drill.spec_sha256,
            ...(step === null ? {} : { step }),
            ...(drill.scope_sha256 === null ? {} : { scope_sha256: drill.scope_sha256 }),
            ...(said === '' ? {} : { comment: said }),
          },
        })
      }
    >
      {facts.data ? (
        <Decision sections={drillInWords(drill, facts.data, step)} />
      ) : facts.error ? (
        <Failure error={facts.error} what="its keys" onRetry={() => void facts.refetch()} />
      ) : (
        <Loading what="what is decided" heights={[320]} />
      )}
      {why !== null ? (
        <Notice tone="waits" title="You cannot decide this">
          <Text size="sm">{why}</Text>
        </Notice>
      ) : (
        <>
          {!approves && (
            <Text size="sm">
              {step === null
                ? 'A rejected drill fails without starting.'
                : 'A rejected step fails; its `on_failure` in the runbook says what happens then.'}
            </Text>
          )}
          <Textarea
            label="Comment"
            description="Optional. Stored with the decision"
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
