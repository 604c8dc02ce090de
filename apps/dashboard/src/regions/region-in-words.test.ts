import { regions } from '@keyferry/core';
import { expect, test } from 'vitest';
import { regionInFull, regionInShort } from './region-in-words.ts';

test('a Region is told with its place, one that is not known without', () => {
  expect(regionInFull('eu-west-1')).toBe('eu-west-1 (Ireland)');
  expect(regionInFull('eu-west-99')).toBe('eu-west-99');
});

test('no two Regions are shortened to the same', () => {
  expect(regionInShort('ap-southeast-2')).toBe('apse2');
  expect(regionInShort('us-gov-west-1')).toBe('usgw1');
  expect(new Set([...regions.keys()].map(regionInShort)).size).toBe(regions.size);
});
