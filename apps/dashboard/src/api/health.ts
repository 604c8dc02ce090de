import type { Health } from '@keyferry/core';
import { useQuery } from '@tanstack/react-query';
import { useMay } from './caller.ts';
import { keyferry } from './client.ts';

export const overviewQuery = { queryKey: ['overview'], queryFn: () => keyferry.request('GET /v1/overview') } as const;

/** The verdict on the installation, also while nobody looks: the browser's tab tells it. Null: not known. */
export function useHealth(): Health | null {
  const { data } = useQuery({
    ...overviewQuery,
    enabled: useMay()('GET /v1/overview'),
    refetchInterval: 15_000,
    refetchIntervalInBackground: true,
    select: ({ health }) => health,
  });
  return data ?? null;
}
