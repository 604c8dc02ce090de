import { type PlanView, type ReplicaErrorView, type ReplicaView, unsuccessfulReplicaStates } from '@keyferry/core';
import { Code, Stack, Text } from '@mantine/core';
import { Notice } from '../../display/notice.tsx';
import { explainError, explainWarning } from './explain-error.ts';
import { RetryAlike } from './retry-alike.tsx';

/** What went wrong with a replica, what it means and what to do; and what preflight has to say of it. */
export function ReplicaTrouble({ plan, replica }: { plan: PlanView; replica: ReplicaView }) {
  const { error, state, warnings } = replica;
  const givenUp = unsuccessfulReplicaStates.includes(state);
  return (
    <>
      {error && givenUp && (
        <Notice tone={state === 'failed' ? 'broken' : 'waits'} title={explainError(error).title}>
          <Stack gap="sm" align="flex-start">
            <WhatAndWhy error={error} />
            <RetryAlike plan={plan} replica={replica} error={error} />
          </Stack>
        </Notice>
      )}
      {error && !givenUp && (
        <Notice tone="calm" title={`It is tried again. Last time: ${explainError(error).title}`}>
          <WhatAndWhy error={error} />
        </Notice>
      )}
      {warnings.map((warning) => {
        const { title, message, advice } = explainWarning(warning);
        return (
          <Notice key={warning.code} tone="calm" title={title}>
            <Text size="sm">{[message, advice].filter(Boolean).join(' ')}</Text>
          </Notice>
        );
      })}
    </>
  );
}

function WhatAndWhy({ error }: { error: ReplicaErrorView }) {
  const { message, advice } = explainError(error);
  const from = [error.http_status && `HTTP ${error.http_status}`, error.provider_code].filter(Boolean).join(', ');
  return (
    <Stack gap={6}>
      {advice && (
        <Text size="sm">
          <b>What to do:</b> {advice}
        </Text>
      )}
      {message && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {message}
        </Text>
      )}
      <Text size="xs" className="quiet">
        <Code>{error.code}</Code> {from}
        {from && ' · '}
        {error.retryable ? 'May pass by itself' : 'Does not pass by itself'}
      </Text>
    </Stack>
  );
}
