import type { DrillView } from '@keyferry/core';
import { Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { keyferry } from '../api/client.ts';
import { counted } from '../display/counted.ts';
import { Notice } from '../display/notice.tsx';
import { AskFirst } from './ask-first.tsx';
import { missingApprovals } from './waits-for.ts';

/** Goes on without the approvals that are missing. */
export function BreakGlass({ drill, onClose }: { drill: DrillView; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const said = reason.trim();
  const wanted = missingApprovals(drill);
  const left = wanted === null ? 0 : Math.max(0, wanted.required - wanted.given.length);
  return (
    <AskFirst
      {...{ drill, onClose }}
      grave
      ready={said !== '' && wanted !== null}
      label="Break the glass and go on"
      act={() => keyferry.breakGlass(drill.id, said)}
    >
      <Notice tone="broken" title={`This goes on without ${counted(left, 'approval')} that the runbook asks for`}>
        <Text size="sm">
          Do it only when waiting does more harm than a mistake nobody else has looked for. Your name, the time and the
          reason are kept for good: in the audit log, as a finding that has to be followed up, and in the evidence that
          auditors get. It cannot be taken back
          {drill.mode === 'live' && `, and its steps then change up to ${counted(drill.keys ?? 0, 'key')}`}.
        </Text>
      </Notice>
      <Textarea
        label="Reason"
        description="Why nobody else could approve it in time"
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
