import type { Health, HealthReason } from '@keyferry/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useMay } from './caller.ts';
import { keyferry } from './client.ts';
import { queries } from './queries.ts';
import { healthEveryMs, staleAfterMs } from './stale-after.ts';

/** Until the first reading nothing is older than the page. */
const openedAt = Date.now();

/** The overview. Reading it is reading the verdict too; events, which change parts of it, are not. */
export const overviewQuery = {
  queryKey: ['overview'],
  queryFn: async () => {
    const overview = await readOverview();
    queries.setQueryData(healthKey(true), overview.health);
    return overview;
  },
  // What hangs or fails is read again in the next round.
  retry: false,
} as const;

export interface HealthReading {
  /** Null: not known, or not for this caller, of whom it is only known whether the API answers. */
  readonly health: Health | null;
  readonly readAt: Date;
  /** Too old to be true now. */
  readonly stale: boolean;
}

/** The verdict on the installation and how old it is, on a timer of its own; the browser's tab shows it too. */
export function useHealth(): HealthReading {
  const all = useMay()('GET /v1/overview');
  const { data, dataUpdatedAt } = useQuery({
    queryKey: healthKey(all),
    queryFn: () => (all ? readHealth() : readSignOfLife()),
    refetchInterval: healthEveryMs,
    refetchIntervalInBackground: true,
    retry: false,
  });
  const readAt = dataUpdatedAt || openedAt;
  return { health: data ?? null, readAt: new Date(readAt), stale: useIsOlder(readAt, staleAfterMs) };
}

/** The reasons of that verdict, as read with it; none while it is not known, or not for this caller. */
export function useHealthReasons(): readonly HealthReason[] {
  const { stale } = useHealth();
  const { data } = useQuery({ ...overviewQuery, enabled: false });
  return stale ? [] : (data?.reasons ?? []);
}

const healthKey = (all: boolean) => ['health', all];
const inTime = () => ({ signal: AbortSignal.timeout(healthEveryMs) });
const readOverview = () => keyferry.request('GET /v1/overview', inTime());

async function readHealth(): Promise<Health> {
  const overview = await readOverview();
  queries.setQueryData(overviewQuery.queryKey, overview);
  return overview.health;
}

async function readSignOfLife(): Promise<null> {
  await keyferry.request('GET /v1/me', inTime());
  return null;
}

/** Whether something from `at` is `ms` old by now; the moment it becomes so it is shown. */
function useIsOlder(at: number, ms: number): boolean {
  const [olderSince, setOlderSince] = useState<number | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setOlderSince(at), Math.max(0, at + ms - Date.now()));
    return () => clearTimeout(timer);
  }, [at, ms]);
  return olderSince === at;
}
