import { expect, test } from 'vitest';
import { RecentChanges, type Round } from './recent-changes.ts';

const round = (from: number, to: number, replicas: Record<string, string>, more: Partial<Round> = {}): Round => {
  return { from, to, matrix: new Map(Object.entries(replicas)), all: null, truncated: false, ...more };
};

test('what changed after a revision is told once, as it was last', () => {
  const recent = new RecentChanges();
  recent.add(round(3, 5, { a: 'a5', b: 'b5' }));
  recent.add(round(5, 9, { b: 'b9', c: 'c9' }));
  expect(recent.since(5, 'matrix')).toEqual({
    replicas: new Map([
      ['b', 'b9'],
      ['c', 'c9'],
    ]),
    truncated: false,
  });
  expect([...(recent.since(3, 'matrix')?.replicas.values() ?? [])].sort()).toEqual(['a5', 'b9', 'c9']);
  // Revisions that nobody was told of one by one.
  expect(recent.since(7, 'matrix')?.replicas.size).toBe(2);
  expect(recent.since(2, 'matrix')).toBeNull();
  expect(recent.since(3, 'all')).toBeNull();
});

test('that more changed than is named is not forgotten', () => {
  const recent = new RecentChanges();
  recent.add(round(1, 2, {}, { truncated: true }));
  recent.add(round(2, 3, { a: 'a3' }));
  expect(recent.since(1, 'matrix')?.truncated).toBe(true);
  expect(recent.since(2, 'matrix')?.truncated).toBe(false);
});

test('however much changes, little is kept of it', () => {
  const recent = new RecentChanges();
  for (let at = 0; at < 20; at += 1) {
    recent.add(round(at, at + 1, Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`${at} ${i}`, '']))));
  }
  expect(recent.since(14, 'matrix')).toBeNull();
  expect(recent.since(15, 'matrix')?.replicas.size).toBe(5_000);
  for (let at = 20; at < 1_000; at += 1) recent.add(round(at, at + 1, {}));
  expect(recent.since(700, 'matrix')).toBeNull();
  expect(recent.since(900, 'matrix')?.replicas.size).toBe(0);
});
