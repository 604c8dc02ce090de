import type { LaneView } from '@keyferry/core';
import { Button, Group, Modal, NumberInput, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { keyferry } from '../api/client.ts';
import { unknownOutcome } from '../api/no-answer.ts';
import { Failure } from '../display/failure.tsx';
import { effectOf } from './lane-pace.ts';

interface ChangeQuotaProps {
  lane: LaneView | null;
  opened: boolean;
  onClose: () => void;
}

/** Sets the quota of a lane, or takes it back to the default; says first what that changes. */
export function ChangeQuota({ lane, opened, onClose }: ChangeQuotaProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={<b>Change the quota</b>} centered>
      {lane && <QuotaForm key={lane.id} lane={lane} onDone={onClose} />}
    </Modal>
  );
}

function QuotaForm({ lane, onDone }: { lane: LaneView; onDone: () => void }) {
  const store = useQueryClient();
  const [asked, setAsked] = useState<number | string>(lane.quota_per_second);
  const changing = useMutation({
    mutationFn: (quota: number | null) =>
      keyferry.request('PATCH /v1/lanes/{id}', { id: lane.id, body: { quota_per_second: quota } }),
    onSuccess: ({ quota_per_second, operation, region }) => {
      notifications.show({
        color: 'teal',
        title: 'Quota changed',
        message: `${operation} in ${region}: ${quota_per_second.toLocaleString('en')} a second`,
      });
      onDone();
    },
    onSettled: () => store.invalidateQueries({ queryKey: ['lanes'] }),
  });
  const quota = typeof asked === 'number' && asked >= 0.01 ? asked : null;
  const { quota_per_second, default_quota_per_second } = lane;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (quota !== null && quota !== quota_per_second) changing.mutate(quota);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">
          <b>{lane.operation}</b> in <b>{lane.region}</b>, account {lane.account}
        </Text>
        <NumberInput
          label="Requests a second"
          description="What AWS allows this account in this Region: see Service Quotas there. More than that gets calls throttled."
          min={0.01}
          max={10_000}
          decimalScale={2}
          thousandSeparator=" "
          data-autofocus
          value={asked}
          onChange={setAsked}
        />
        <Text size="sm" className="numbers" role="status">
          {quota === null ? 'Give a number from 0.01 to 10,000.' : effectOf(lane, quota)}
        </Text>
        {changing.error && (
          <Failure
            error={changing.error}
            unanswered={`${unknownOutcome(changing.error)} Setting it again does no harm.`}
          />
        )}
        <Group justify="space-between" gap="xs">
          {quota_per_second === default_quota_per_second ? (
            <span />
          ) : (
            <Button
              variant="subtle"
              px="xs"
              disabled={changing.isPending}
              title={effectOf(lane, default_quota_per_second)}
              onClick={() => changing.mutate(null)}
            >
              Back to the default of {default_quota_per_second.toLocaleString('en')}
            </Button>
          )}
          <Button type="submit" loading={changing.isPending} disabled={quota === null || quota === quota_per_second}>
            {quota === null ? 'Set' : `Set to ${quota.toLocaleString('en')} a second`}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
