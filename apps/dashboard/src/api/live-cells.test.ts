import type { MatrixView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { withCells } from './live-cells.ts';

const item = (index: number, key_id: string, cells: string): MatrixView['items'][number] => {
  return { index, key_id, alias: null, account: '111122223333', primary_region: 'us-east-1', cells };
};
const page: MatrixView = {
  regions: ['eu-west-1', 'us-west-2'],
  keys: 2,
  items: [item(0, 'k-1', 'pp'), item(1, 'k-2', 'p.')],
  next_cursor: null,
};

test('a page shows the states that are told, and rows that are as before stay the same', () => {
  const now = withCells(page, [
    { key_id: 'k-1', region: 'us-west-2', state: 'creating' },
    { key_id: 'k-1', region: 'us-west-2', state: 'succeeded' },
    { key_id: 'k-1', region: 'eu-west-1', state: 'failed' },
  ]);
  expect(now.items.map(({ cells }) => cells)).toEqual(['FS', 'p.']);
  expect(now.items[1]).toBe(page.items[1]);
  expect(now.regions).toBe(page.regions);
});

test('a page stays the same when nothing of it is told, or only what it shows', () => {
  expect(
    withCells(page, [
      { key_id: 'k-3', region: 'us-west-2', state: 'failed' },
      { key_id: 'k-1', region: 'ap-south-1', state: 'failed' },
      { key_id: 'k-2', region: 'eu-west-1', state: 'pending' },
    ]),
  ).toBe(page);
});
