import { useSearchParams } from 'wouter';
import { withSearch } from '../../display/address.ts';

/** The replica that is opened, by its id in the address; what else stands there is kept. */
export function useOpenReplica(): [string | null, (id: string | null) => void] {
  const [search, setSearch] = useSearchParams();
  const opened = search.get('replica') || null;
  const open = (id: string | null) => {
    // Back closes it.
    setSearch((now) => withSearch(now, { replica: id }), { replace: id === null || opened !== null });
  };
  return [opened, open];
}
