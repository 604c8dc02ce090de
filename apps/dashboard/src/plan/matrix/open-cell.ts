import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { keyferry } from '../../api/client.ts';
import type { MatrixKey } from '../../matrix/matrix-subject.ts';
import { useOpenReplica } from '../replica/opened-replica.ts';

/** Opens the replica of a cell: the matrix does not know its id, which is asked for now. */
export function useOpenCell(planId: string) {
  const store = useQueryClient();
  const [, open] = useOpenReplica();
  return useMutation({
    mutationFn: async ({ key, region }: { key: MatrixKey; region: string }) => {
      const { items } = await keyferry.listReplicas(planId, { key: key.key_id, region }, { limit: 10 });
      const replica = items.find(({ key_id }) => key_id === key.key_id);
      if (!replica) throw new Error(`The plan has no replica of ${key.alias ?? key.key_id} in ${region} any more.`);
      return replica;
    },
    onSuccess: (replica) => open(replica.id),
    onError: (error) => {
      notifications.show({ color: 'red', title: 'The replica could not be opened', message: error.message });
      void store.invalidateQueries({ queryKey: ['plan', planId, 'matrix'] });
    },
  });
}
