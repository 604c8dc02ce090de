import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useMay } from '../api/caller.ts';
import { NotAllowed } from '../display/no-page.tsx';
import { pageAt } from './pages.ts';

/** The page of this address, for those who may see it. The start page of those who may not see the overview is another. */
export function Allowed({ children }: { children: ReactNode }) {
  const [here] = useLocation();
  const may = useMay();
  const page = pageAt(here);
  return page === undefined || page.path === '/' || may(page.needs) ? children : <NotAllowed page={page.label} />;
}
