import {
  IconBarrierBlock,
  IconGauge,
  IconKey,
  IconListDetails,
  IconRoad,
  IconShieldCheck,
  IconStack2,
} from '@tabler/icons-react';

/** The pages, and the operation that a caller must be allowed to see each. */
export const pages = [
  { path: '/', label: 'Overview', icon: IconGauge, needs: 'GET /v1/overview' },
  { path: '/plans', label: 'Plans', icon: IconListDetails, needs: 'GET /v1/plans' },
  { path: '/coverage', label: 'Coverage', icon: IconShieldCheck, needs: 'GET /v1/coverage/policies' },
  { path: '/drills', label: 'Drills', icon: IconBarrierBlock, needs: 'GET /v1/drills' },
  { path: '/keys', label: 'Keys', icon: IconKey, needs: 'GET /v1/keys' },
  { path: '/lanes', label: 'Lanes', icon: IconRoad, needs: 'GET /v1/lanes' },
  { path: '/queues', label: 'Queues', icon: IconStack2, needs: 'GET /queues' },
] as const;
