import type { LaneView } from '@keyferry/core';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';

/** Closes the circuit of a lane at once; shown while it is not closed, to those who may. */
export function ResetCircuit({ lane: { id, circuit, operation, region, account } }: { lane: LaneView }) {
  const store = useQueryClient();
  const may = useMay()('POST /v1/lanes/{id}/reset');
  const resetting = useMutation({
    mutationFn: () => keyferry.resetCircuit(id),
    onSuccess: async () => {
      notifications.show({
        color: 'teal',
        title: 'Circuit closed',
        message: `${operation} in ${region}: calls go through again. It opens again if they fail.`,
      });
      await store.invalidateQueries({ queryKey: ['lanes'] });
    },
    onError: (error) => notifications.show({ color: 'red', title: 'Circuit not reset', message: error.message }),
  });
  if (circuit === 'closed' || !may) return null;
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={resetting.isPending}
      onClick={() => resetting.mutate()}
      aria-label={`Reset circuit of ${operation} in ${region}, ${account}`}
    >
      Reset circuit
    </Button>
  );
}
