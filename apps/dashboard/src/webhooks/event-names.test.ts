import { webhookEventTypes } from '@keyferry/core';
import { expect, test } from 'vitest';
import { eventGroups, eventName, subjectPath } from './event-names.ts';

test('every type of events stands in one group', () => {
  expect(eventGroups.flatMap(({ events }) => events).sort()).toEqual([...webhookEventTypes].sort());
});

test('an event is named without its prefix, and links to its plan or drill', () => {
  expect(eventName('com.keyferry.plan.halted')).toBe('plan.halted');
  expect(subjectPath({ type: 'com.keyferry.plan.halted', subject: 'p' })).toBe('/plans/p');
  expect(subjectPath({ type: 'com.keyferry.drill.notice', subject: 'd' })).toBe('/drills/d');
  expect(subjectPath({ type: 'com.keyferry.webhook.test', subject: 'w' })).toBeNull();
});
