import { drillStates } from '../drill/life.ts';
import { planStates } from '../plan/life.ts';

/** What a webhook may be told of plans: every state that one reaches, and every approval that it is given. */
export const planEventTypes = [...planStates, 'approved' as const].map((name) => `com.keyferry.plan.${name}` as const);

/** And of drills: every state that one reaches. */
export const drillEventTypes = drillStates.map((name) => `com.keyferry.drill.${name}` as const);

/** What a `notify` step of a drill has to say. */
export const drillNoticeType = 'com.keyferry.drill.notice';

/** All of them. */
export const webhookEventTypes = [...planEventTypes, ...drillEventTypes, drillNoticeType] as const;

export type WebhookEventType = (typeof webhookEventTypes)[number];

/** Sent by hand, to the webhook that is tested alone. */
export const testEventType = 'com.keyferry.webhook.test';
