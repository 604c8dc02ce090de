import { coveragePolicySchema, namedRegionGroupSchema } from '@keyferry/core';
import { expect, test } from 'vitest';
import { readDocument } from './read-document.ts';

const read = (text: string) => readDocument(text, coveragePolicySchema, 'CoveragePolicy');
const lines = (text: string) => read(text).faults.map(({ line, path }) => [line, path]);

test('a document that is right has its defaults', () => {
  const { data, faults, spec } = read('kind: CoveragePolicy\nname: a\nkeys: [mrk-1]\nregions: [eu-west-1]\n');
  expect(faults).toEqual([]);
  expect(spec).toEqual({ name: 'a', keys: ['mrk-1'], regions: ['eu-west-1'] });
  expect(data).toMatchObject({ name: 'a', material_valid_days: 30 });
});

test('each error stands at its line', () => {
  expect(
    lines('name: a\nkeys:\n  - mrk-1\nregions:\n  - eu-west-1\n  - eu-wst-2\nschedule:\n  cron: no\n  zone: x\n'),
  ).toEqual([
    [6, 'regions[1]'],
    [7, 'schedule.time_zone'],
    [8, 'schedule.cron'],
    [9, 'schedule.zone'],
  ]);
  expect(lines('name: a\nregions: [eu-west-1]\n')).toEqual([[1, 'keys']]);
});

test('what cannot be read says where', () => {
  expect(lines('name: a\nregions: [eu-west-1\n')[0]).toEqual([3, '']);
  expect(lines('name: a\nname: b\n')[0]?.[0]).toBe(2);
  expect(lines('')).toEqual([[1, '']]);
  expect(lines('- a')).toEqual([[1, '']]);
  expect(read('a: &a [x]\nkind: Drill').faults).toMatchObject([{ line: 2, path: 'kind' }]);
  expect(read('a: !!js/function x').spec).toBeNull();
});

test('errors of the API are placed in it', () => {
  const group = readDocument('name: eu\nregions:\n  - eu-west-1\n', namedRegionGroupSchema, null);
  expect(group.place([{ path: 'regions[0]', code: 'x', message: 'No.' }])).toEqual([
    { line: 3, path: 'regions[0]', message: 'No.' },
  ]);
});
