import type { PlanView } from '@keyferry/core';
import { Box, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { keyferry } from '../../api/client.ts';
import { Effect } from '../../display/effect.tsx';
import { Empty } from '../../display/empty.tsx';
import { Failure } from '../../display/failure.tsx';
import { Loading } from '../../display/loading.tsx';
import { Confirmation } from '../controls/confirmation.tsx';
import { effectOfRetry } from '../controls/effect-of.ts';
import { byCode } from './by-code.ts';
import { Cause, type RetryGroup } from './cause.tsx';
import { useFailures } from './use-failures.ts';

/** What failed, by cause: what it means, what to do, and a retry of just that. */
export default function Failures({ plan }: { plan: PlanView }) {
  const { counts } = plan;
  const failures = useFailures(plan);
  const [asked, setAsked] = useState<RetryGroup | null>(null);
  const [open, setOpen] = useState(false);
  const ask = (group: RetryGroup) => {
    setAsked(group);
    setOpen(true);
  };
  if (counts.failed + counts.blocked === 0) return <Empty title="Nothing has failed, and nothing is blocked" />;
  if (!failures.data) {
    return (
      <Box p="md">
        {failures.error ? (
          <Failure error={failures.error} what="what failed" onRetry={() => void failures.refetch()} />
        ) : (
          <Loading what="what failed" heights={[72, 72, 72]} />
        )}
      </Box>
    );
  }
  return (
    <>
      <Stack gap={0}>
        {byCode(failures.data.items).map((cause) => (
          <Cause key={cause.code} plan={plan} cause={cause} onRetry={ask} />
        ))}
      </Stack>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={<Text fw={650}>{asked && `Retry ${asked.error_code}${asked.region ? ` in ${asked.region}` : ''}`}</Text>}
        centered
      >
        {asked && <Retry plan={plan} group={asked} onClose={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Retry({ plan, group, onClose }: { plan: PlanView; group: RetryGroup; onClose: () => void }) {
  const { count, ...filter } = group;
  return (
    <Confirmation
      {...{ plan, onClose }}
      command="retry"
      label={`Retry ${count.toLocaleString()}`}
      act={() => keyferry.retryPlan(plan.id, filter)}
    >
      <Effect lines={effectOfRetry(plan, count, new Date())} />
    </Confirmation>
  );
}
