import { useSearchParams } from 'wouter';

/** The replica that is opened, by its id in the address; what else stands there is kept. */
export function useOpenReplica(): [string | null, (id: string | null) => void] {
  const [search, setSearch] = useSearchParams();
  const opened = search.get('replica') || null;
  const open = (id: string | null) => {
    setSearch(
      (now) => {
        const next = new URLSearchParams(now);
        if (id === null) next.delete('replica');
        else next.set('replica', id);
        return next;
      },
      // Back closes it.
      { replace: id === null || opened !== null },
    );
  };
  return [opened, open];
}
