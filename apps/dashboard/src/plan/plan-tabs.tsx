import type { PlanView } from '@keyferry/core';
import { lazy } from 'react';
import { useLocation } from 'wouter';
import { TroubleCount } from '../display/badges.tsx';
import { PartTabs } from '../display/part-tabs.tsx';
import { type Tab, tabLabels, tabPath, useOpenTab } from './tabs.ts';

// Each is loaded when it is first opened.
const SpecText = lazy(() => import('../spec/spec-text.tsx'));
const parts = {
  matrix: lazy(() => import('./matrix/matrix.tsx')),
  replicas: lazy(() => import('./replicas/replicas.tsx')),
  failures: lazy(() => import('./failures/failures.tsx')),
  throughput: lazy(() => import('./throughput/throughput.tsx')),
  preview: lazy(() => import('./preview.tsx')),
  spec: Spec,
  activity: lazy(() => import('./activity/activity.tsx')),
} satisfies Record<Tab, unknown>;

/** The parts of the plan; which one is open stands in the address. */
export function PlanTabs({ plan }: { plan: PlanView }) {
  const [, navigate] = useLocation();
  const open = useOpenTab(plan);
  const Part = parts[open];
  return (
    <PartTabs
      label="Parts of the plan"
      labels={tabLabels}
      marks={{ failures: <TroubleCount count={plan.counts.failed + plan.counts.blocked} /> }}
      open={open}
      onOpen={(tab) => navigate(tabPath(plan.id, tab))}
    >
      <Part plan={plan} />
    </PartTabs>
  );
}

/** The plan as it was submitted, to read, to copy and to submit again. */
function Spec({ plan }: { plan: PlanView }) {
  return (
    <SpecText
      spec={plan.spec}
      name={plan.name}
      sha256={plan.spec_sha256}
      note="As submitted, with every default and with the limits that are in force now."
    />
  );
}
