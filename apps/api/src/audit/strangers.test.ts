import type { Command, NewEntry } from '@keyferry/store';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Strangers } from './strangers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const from = (token_id: string | null): Command => ({
  ...{ caller: null, role: null, token_id, request_id: null, action: null },
});
const entry: NewEntry = { action: 'authenticate', object: { type: 'operation', id: null }, detail: { reason: 'none' } };

it('a flood of callers without a token leaves two entries a minute, and none of them is lost count of', async () => {
  const noted: [string | null, unknown][] = [];
  const strangers = new Strangers(async (command, { detail }) => void noted.push([command.token_id, detail.attempts]));
  for (let i = 0; i < 500; i += 1) await strangers.refused(from(null), entry);
  await strangers.refused(from('revoked'), entry);
  expect(noted).toEqual([
    [null, undefined],
    ['revoked', undefined],
  ]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(noted.slice(2)).toEqual([[null, 499]]);
  await strangers.refused(from(null), entry);
  expect(noted.slice(3)).toEqual([[null, undefined]]);
});
