import { type PlanView, type ReplicaErrorView, type ReplicaView, unsuccessfulReplicaStates } from '@keyferry/core';
import { Button, Code, Modal, Skeleton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconReload } from '@tabler/icons-react';
import { useMay } from '../../api/caller.ts';
import { keyferry } from '../../api/client.ts';
import { Effect } from '../../display/effect.tsx';
import { Notice } from '../../display/notice.tsx';
import { regionInFull } from '../../regions/region-names.ts';
import { commands, takes } from '../controls/commands.ts';
import { Confirmation } from '../controls/confirmation.tsx';
import { effectOfRetry } from '../controls/effect-of.ts';
import { useFailures } from '../plan-queries.ts';
import { explainError, explainWarning } from './explain-error.ts';

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
          <b>Fix:</b> {advice}
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
        {error.retryable ? 'Retry may succeed' : 'Fix it, then retry'}
      </Text>
    </Stack>
  );
}

interface RetryAlikeProps {
  plan: PlanView;
  replica: ReplicaView;
  error: ReplicaErrorView;
}

/** Retries what ended with the same error in the same Region, where the plan takes that and the caller may. */
function RetryAlike({ plan, replica: { account, region }, error: { code } }: RetryAlikeProps) {
  const may = useMay();
  const [asked, { open, close }] = useDisclosure();
  if (!may(commands.retry.operation)) return null;
  if (account === null) {
    return (
      <Text size="sm" className="quiet">
        A key that was not found cannot be retried: name it in a new plan.
      </Text>
    );
  }
  if (!takes(plan, 'retry')) {
    return plan.finished_at === null ? (
      <Text size="sm" className="quiet">
        It can be retried once the plan runs.
      </Text>
    ) : null;
  }
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconReload size={14} aria-hidden />} onClick={open}>
        Retry replicas like this one…
      </Button>
      <Modal
        opened={asked}
        onClose={close}
        title={<Text fw={650}>{`Retry ${code} in ${regionInFull(region)}`}</Text>}
        centered
      >
        <Retry {...{ plan, code, region }} onClose={close} />
      </Modal>
    </>
  );
}

function Retry({ plan, code, region, onClose }: { plan: PlanView; code: string; region: string; onClose: () => void }) {
  const failures = useFailures(plan);
  const count = failures.data?.items.find((group) => group.code === code && group.region === region)?.count ?? 0;
  return (
    <Confirmation
      {...{ plan, onClose }}
      command="retry"
      label={count === 0 ? 'Retry' : `Retry ${count.toLocaleString('en')}`}
      act={() => keyferry.request('POST /v1/plans/{id}/retry', { id: plan.id, body: { error_code: code, region } })}
      ready={count > 0}
    >
      {failures.data === undefined ? (
        <Skeleton height={66} aria-label="Counting them" />
      ) : (
        <Effect lines={count === 0 ? ['Nothing is left to retry.'] : effectOfRetry(plan, count, new Date())} />
      )}
    </Confirmation>
  );
}
