import { expect, test } from 'vitest';
import { standingOfWebhook } from './webhook-standing.ts';

const at = '2027-03-01T00:00:00.000Z';

test.each([
  [true, null, null, 'works'],
  [true, null, at, 'failing'],
  [false, null, at, 'paused'],
  [false, at, at, 'disabled'],
])('enabled %s, disabled at %s, failing since %s: %s', (enabled, disabled_at, failing_since, standing) => {
  expect(standingOfWebhook({ enabled, disabled_at, failing_since })).toBe(standing);
});
