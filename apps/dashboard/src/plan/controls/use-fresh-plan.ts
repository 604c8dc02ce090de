import { useQuery } from '@tanstack/react-query';
import { keyferry } from '../../api/client.ts';

/**
 * A plan as it was when a dialog opened, its limits too, which the event stream does not tell; it stays so until `refetch`,
 * so that nothing changes under the eyes of whoever is about to agree to it.
 */
export function useFreshPlan(id: string) {
  return useQuery({
    queryKey: ['plan-as-opened', id],
    queryFn: () => keyferry.getPlan(id),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}
