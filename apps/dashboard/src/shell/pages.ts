import type { OperationName } from '@keyferry/client';
import {
  IconBarrierBlock,
  IconGauge,
  IconKey,
  IconListDetails,
  IconRoad,
  IconShieldCheck,
  IconStack2,
  type TablerIcon,
} from '@tabler/icons-react';

/** A page that the navigation leads to, for callers who may do the operation that it needs. */
export interface Page {
  readonly path: string;
  readonly label: string;
  readonly needs: OperationName;
}

/** The pages of daily work, in their order. */
export const mainPages: readonly (Page & { readonly icon: TablerIcon })[] = [
  { path: '/', label: 'Overview', icon: IconGauge, needs: 'GET /v1/overview' },
  { path: '/plans', label: 'Plans', icon: IconListDetails, needs: 'GET /v1/plans' },
  { path: '/coverage', label: 'Coverage', icon: IconShieldCheck, needs: 'GET /v1/coverage/policies' },
  { path: '/drills', label: 'Drills', icon: IconBarrierBlock, needs: 'GET /v1/drills' },
  { path: '/keys', label: 'Keys', icon: IconKey, needs: 'GET /v1/keys' },
  { path: '/lanes', label: 'Lanes', icon: IconRoad, needs: 'GET /v1/lanes' },
  { path: '/queues', label: 'Queues', icon: IconStack2, needs: 'GET /queues' },
];

/** What is set up now and then: a menu, which is there for callers who may see one of them. */
export const settingsPages: readonly Page[] = [
  { path: '/schedules', label: 'Schedules', needs: 'GET /v1/schedules' },
  { path: '/region-groups', label: 'Region groups', needs: 'GET /v1/region-groups' },
  { path: '/approval-rules', label: 'Approval rules', needs: 'GET /v1/approval-rules' },
  { path: '/webhooks', label: 'Webhooks', needs: 'GET /v1/webhooks' },
  { path: '/tokens', label: 'Tokens', needs: 'GET /v1/tokens' },
  { path: '/audit', label: 'Audit log', needs: 'GET /v1/audit' },
];

/** The page that an address is of, or of a part of; none: it is of no page of the navigation. */
export function pageAt(here: string): Page | undefined {
  return [...mainPages, ...settingsPages].find(({ path }) => isWithin(here, path));
}

/** Whether an address is that of a page, or of a part of it. */
export function isWithin(here: string, path: string): boolean {
  return here === path || (path !== '/' && here.startsWith(`${path}/`));
}
