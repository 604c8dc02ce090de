import { planStates } from '../plan/states.ts';

/** What a webhook may be told of: every state that a plan reaches, and every approval that it is given. */
export const planEventTypes = [...planStates, 'approved' as const].map((name) => `com.keyferry.plan.${name}` as const);

export type PlanEventType = (typeof planEventTypes)[number];

/** Sent by hand, to the webhook that is tested alone. */
export const testEventType = 'com.keyferry.webhook.test';
