import type { CoveragePolicyView } from '@keyferry/core';
import { Button, type ButtonProps } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { showCommandError } from '../display/show-command-error.ts';
import { isBeingChecked } from './policy-standing.ts';

/** Asks for a check; it only reads, so it asks nobody first. */
export function CheckNow({ policy, ...looks }: { policy: CoveragePolicyView } & ButtonProps) {
  const may = useMay();
  const store = useQueryClient();
  const asking = useMutation({
    mutationFn: () => keyferry.request('POST /v1/coverage/policies/{name}/checks', { name: policy.name }),
    onError: (error) => showCommandError(error, 'The check was not requested'),
    onSettled: () => store.invalidateQueries({ queryKey: ['coverage'] }),
  });
  if (!may('POST /v1/coverage/policies/{name}/checks')) return null;
  const checking = isBeingChecked(policy) || asking.isPending;
  const label = checking ? 'Checking …' : 'Check now';
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={16} aria-hidden />}
      {...looks}
      aria-label={`${label}: ${policy.name}`}
      // Not `disabled`: the focus would be lost.
      aria-disabled={checking}
      {...(checking && { 'data-disabled': true })}
      onClick={() => checking || asking.mutate()}
    >
      {label}
    </Button>
  );
}
