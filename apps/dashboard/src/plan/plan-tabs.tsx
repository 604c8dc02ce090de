import type { PlanView } from '@keyferry/core';
import { Badge, Card, Center, Loader, Tabs } from '@mantine/core';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { Boundary } from '../display/boundary.tsx';
import looks from './plan-tabs.module.css';
import { type Tab, tabLabels, tabPath, tabs } from './tabs.ts';
import { useOpenTab } from './use-open-tab.ts';

// Each is loaded when it is first opened.
const parts = {
  matrix: lazy(() => import('./matrix/matrix.tsx')),
  replicas: lazy(() => import('./replicas/replicas.tsx')),
  failures: lazy(() => import('./failures/failures.tsx')),
  throughput: lazy(() => import('./throughput/throughput.tsx')),
  preview: lazy(() => import('./preview/preview.tsx')),
  spec: lazy(() => import('./spec/spec.tsx')),
} satisfies Record<Tab, unknown>;

/** The parts of the plan; which one is open stands in the address. */
export function PlanTabs({ plan }: { plan: PlanView }) {
  const [, navigate] = useLocation();
  const open = useOpenTab(plan);
  const Part = parts[open];
  const list = useShownTab(open);
  const failures = plan.counts.failed + plan.counts.blocked;
  return (
    <Card withBorder padding={0}>
      <Tabs value={open} onChange={(next) => next && navigate(tabPath(plan.id, next as Tab))} keepMounted={false}>
        <Tabs.List ref={list} aria-label="Parts of the plan" px="xs" className={looks.list}>
          {tabs.map((tab) => (
            <Tabs.Tab
              key={tab}
              value={tab}
              py="sm"
              rightSection={tab === 'failures' && failures > 0 && <FailureCount count={failures} />}
            >
              {tabLabels[tab]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={open}>
          <Boundary at={open}>
            <Suspense fallback={<Waiting />}>
              <Part plan={plan} />
            </Suspense>
          </Boundary>
        </Tabs.Panel>
      </Tabs>
    </Card>
  );
}

/** Keeps the open tab in sight where there is no room for all. */
function useShownTab(open: Tab) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (list.current && tab)
      list.current.scrollLeft = tab.offsetLeft - (list.current.clientWidth - tab.offsetWidth) / 2;
  }, [open]);
  return list;
}

function FailureCount({ count }: { count: number }) {
  return (
    <Badge color="red" variant="light" size="sm" className="numbers" miw="max-content">
      {count.toLocaleString()}
    </Badge>
  );
}

function Waiting() {
  return (
    <Center mih={240}>
      <Loader aria-label="Loading" />
    </Center>
  );
}
