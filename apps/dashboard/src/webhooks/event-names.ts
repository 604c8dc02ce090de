import { drillEventTypes, drillNoticeType, planEventTypes, type WebhookEventType } from '@keyferry/core';

const prefix = 'com.keyferry.';

/** A type of events as people say it: `plan.halted`. */
export function eventName(type: string): string {
  return type.startsWith(prefix) ? type.slice(prefix.length) : type;
}

/** All types of events, by what they are about. */
export const eventGroups: readonly { label: string; events: readonly WebhookEventType[] }[] = [
  { label: 'Plans', events: planEventTypes },
  { label: 'Drills', events: [...drillEventTypes, drillNoticeType] },
];

/** Where the dashboard shows what an event is about; null: nowhere. */
export function subjectPath({ type, subject }: { type: string; subject: string }): string | null {
  const [about] = eventName(type).split('.');
  if (about === 'plan') return `/plans/${subject}`;
  return about === 'drill' ? `/drills/${subject}` : null;
}
