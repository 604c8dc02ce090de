import type { PlanView } from '@keyferry/core';
import { useParams } from 'wouter';
import { openTab } from '../display/part-tabs.tsx';

/** The parts of a plan's page, in their order; each has an address of its own. */
export const tabLabels = {
  matrix: 'Matrix',
  replicas: 'Replicas',
  failures: 'Failures',
  throughput: 'Throughput',
  preview: 'Preview',
  spec: 'Spec',
  activity: 'Activity',
};

export type Tab = keyof typeof tabLabels;

/** The address of a part of a plan's page, with filters. */
export function tabPath(planId: string, tab: Tab, filters: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(filters).toString();
  return `/plans/${planId}/${tab}${query === '' ? '' : `?${query}`}`;
}

/** The part of the plan that the address names; else what one wants to see when one has not said it. */
export function useOpenTab({ state }: PlanView): Tab {
  const params = useParams<{ tab?: string }>();
  return openTab(tabLabels, params.tab, state === 'previewed' || state === 'awaiting_approval' ? 'preview' : 'matrix');
}
