import { regions } from '@keyferry/core';
import { expect, it } from 'vitest';
import { regionsByPart } from './region-names.ts';

it('names every Region that Keyferry knows, once, and no other', () => {
  const named = regionsByPart.flatMap((part) => Object.keys(part.regions));
  expect(named.toSorted()).toEqual([...regions.keys()].toSorted());
});
