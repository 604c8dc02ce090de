import type { ReplicaFilter } from '@keyferry/client';
import { replicaStates } from '@keyferry/core';
import { useSearchParams } from 'wouter';

const names = ['state', 'region', 'key', 'error_code', 'differs'] as const;
type Name = (typeof names)[number];

/**
 * Which replicas are listed, and after which cursor: in the address, so that it can be pasted elsewhere. Another filter
 * begins at the first page; turning the page can be taken back by going back.
 */
export function useReplicaFilter() {
  const [search, setSearch] = useSearchParams();
  const given = (name: Name) => search.get(name) || undefined;
  const filter: ReplicaFilter = {
    state: replicaStates.find((state) => state === search.get('state')),
    region: given('region'),
    key: given('key'),
    error_code: given('error_code'),
    differs: search.get('differs') === 'true' ? true : undefined,
  };
  const change = (name: Name, value: string | null) => {
    setSearch(
      (now) => {
        const next = new URLSearchParams(now);
        next.delete('after');
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  };
  const clear = () => setSearch({}, { replace: true });
  const turnTo = (cursor: string | null) => {
    setSearch((now) => {
      const next = new URLSearchParams(now);
      if (cursor === null) next.delete('after');
      else next.set('after', cursor);
      return next;
    });
  };
  const filtered = names.some((name) => filter[name] !== undefined);
  return { filter, after: search.get('after'), filtered, change, clear, turnTo };
}
