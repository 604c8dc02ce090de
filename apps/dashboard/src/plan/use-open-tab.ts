import type { PlanView } from '@keyferry/core';
import { useParams } from 'wouter';
import { type Tab, tabs } from './tabs.ts';

/** The part of the plan that the address names; else what one wants to see when one has not said it. */
export function useOpenTab({ state }: PlanView): Tab {
  const params = useParams<{ tab?: string }>();
  const first = state === 'previewed' || state === 'awaiting_approval' ? 'preview' : 'matrix';
  return tabs.find((tab) => tab === params.tab) ?? first;
}
