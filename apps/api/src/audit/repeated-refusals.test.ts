import type { Command, NewEntry } from '@keyferry/store';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RepeatedRefusals } from './repeated-refusals.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const from = (token_id: string | null): Command => ({
  ...{ caller: null, role: null, token_id, request_id: null, action: null },
});
const entry: NewEntry = { action: 'authenticate', object: { type: 'operation', id: null }, detail: { reason: 'none' } };

function open(options?: { mostMatters: number }) {
  const noted: [string | null, unknown][] = [];
  const refusals = new RepeatedRefusals(
    async (command, { detail }) => void noted.push([command.token_id, detail.attempts]),
    options,
  );
  return { noted, refuse: (who: string | null) => refusals.refused(who ?? '', from(who), entry) };
}

it('a flood of callers without a token leaves two entries a minute, and none of them is lost count of', async () => {
  const { noted, refuse } = open();
  for (let i = 0; i < 500; i += 1) await refuse(null);
  await refuse('revoked');
  expect(noted).toEqual([
    [null, undefined],
    ['revoked', undefined],
  ]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(noted.slice(2)).toEqual([[null, 499]]);
  await refuse(null);
  expect(noted.slice(3)).toEqual([[null, undefined]]);
});

it('of more matters than it remembers the oldest is noted early, with its number, and begins anew', async () => {
  const { noted, refuse } = open({ mostMatters: 2 });
  for (const who of ['anna', 'anna', 'anna', 'bert', 'carl']) await refuse(who);
  expect(noted).toEqual([
    ['anna', undefined],
    ['bert', undefined],
    ['anna', 2],
    ['carl', undefined],
  ]);
  await refuse('anna');
  expect(noted.slice(4)).toEqual([['anna', undefined]]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(noted).toHaveLength(5);
  expect(vi.getTimerCount()).toBe(0);
});
