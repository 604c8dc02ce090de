import { regions } from '@keyferry/core';
import { expect, it, test } from 'vitest';
import { regionInFull, regionInShort, regionsByPart } from './region-names.ts';

it('names every Region that Keyferry knows, once, and no other', () => {
  const named = regionsByPart.flatMap((part) => Object.keys(part.regions));
  expect(named.toSorted()).toEqual([...regions.keys()].toSorted());
});

test('a Region is told with its place, one that is not known without', () => {
  expect(regionInFull('eu-west-1')).toBe('eu-west-1 (Ireland)');
  expect(regionInFull('eu-west-99')).toBe('eu-west-99');
});

test('no two Regions are shortened to the same', () => {
  expect(regionInShort('ap-southeast-2')).toBe('apse2');
  expect(regionInShort('us-gov-west-1')).toBe('usgw1');
  expect(new Set([...regions.keys()].map(regionInShort)).size).toBe(regions.size);
});
