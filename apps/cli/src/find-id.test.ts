import type { KeyferryClient } from '@keyferry/client';
import { describe, expect, it } from 'vitest';
import { findId } from './find-id.ts';

const plans = [
  ['01a2281b-0acb-72f2-88f5-0411a4ffa33f', 'quickstart'],
  ['01a2281b-0acb-72f2-88f5-0411a4ffa33e', 'dr'],
  ['01a22000-0acb-72f2-88f5-0411a4ffa33e', 'dr'],
  ['01900000-0000-7000-8000-000000000001', 'decade'],
].map(([id = '', name = '']) => ({ id, name, state: 'running', created_at: 'then' }));
const last = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
/** Lists as the API does: from the newest down, below the cursor, with part of a name. */
const client = {
  request: async (_operation: string, { query: { limit = 100, cursor = last, q = '' } }) => ({
    items: plans.filter(({ id, name }) => id < cursor && name.includes(q)).slice(0, limit),
    next_cursor: null,
  }),
} as unknown as KeyferryClient;
const find = (reference: string) => findId(client, 'plan', reference);

describe('a plan', () => {
  it('is named by its id, by the beginning of it, or by its name', async () => {
    for (const reference of [
      '01a22000-0acb-72f2-88f5-0411a4ffa33e',
      '01a220',
      '01A22000-0acb',
      '01a22000-0acb-72f2-88f',
    ]) {
      expect((await find(reference)).toLowerCase()).toBe('01a22000-0acb-72f2-88f5-0411a4ffa33e');
    }
    expect(await find('quickstart')).toBe('01a2281b-0acb-72f2-88f5-0411a4ffa33f');
    expect(await find('01a2281b-0acb-72f2-88f5-0411a4ffa33f')).toBe('01a2281b-0acb-72f2-88f5-0411a4ffa33f');
  });

  it('may have a name that reads as the beginning of an id', async () => {
    expect(await find('decade')).toBe('01900000-0000-7000-8000-000000000001');
  });

  it('is not guessed: what names several is refused with all of them', async () => {
    for (const [reference, ids] of [
      ['dr', ['01a2281b-0acb-72f2-88f5-0411a4ffa33e', '01a22000-0acb-72f2-88f5-0411a4ffa33e']],
      ['01a2281b', ['01a2281b-0acb-72f2-88f5-0411a4ffa33f', '01a2281b-0acb-72f2-88f5-0411a4ffa33e']],
    ] as const) {
      await expect(find(reference)).rejects.toMatchObject({
        exitCode: 64,
        message: `"${reference}" matches 2 plans. Use one of these ids:`,
        lines: ids.map((id) => expect.stringContaining(id)),
      });
    }
  });

  it.each(['nothing', 'quick', '01a22', '0190ff', '01a2281b0acb', ''])('is not found by %j', async (reference) => {
    await expect(find(reference)).rejects.toMatchObject({
      exitCode: 64,
      message: `No plan has the id or name "${reference}". See: keyferry plan list`,
    });
  });
});
