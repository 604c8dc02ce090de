import type { PlanView } from '@keyferry/core';
import { useQuery } from '@tanstack/react-query';
import { keyferry } from '../../api/client.ts';

/** What the plan would do, or was to do; there is nothing to tell while it is being resolved. */
export function usePreview({ id, state, resolved_sha256 }: PlanView) {
  return useQuery({
    queryKey: ['plan', id, 'preview', resolved_sha256],
    queryFn: () => keyferry.getPreview(id),
    enabled: state !== 'resolving' && resolved_sha256 !== null,
    staleTime: 60_000,
  });
}
