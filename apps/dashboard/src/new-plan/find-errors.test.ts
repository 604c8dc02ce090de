import { expect, it } from 'vitest';
import { type Draft, emptyDraft, specOf } from './draft.ts';
import { findErrors } from './find-errors.ts';
import { readKeys } from './read-keys.ts';

const whole: Draft = { ...emptyDraft, name: 'dr', keysText: 'alias/a', regions: ['eu-west-1'] };
const errorsOf = (draft: Draft) => {
  const named = readKeys(draft.keysText);
  return findErrors(draft, named, specOf(draft, named.keys)).map(({ path, message }) => `${path}: ${message}`);
};

it('nothing stands against a whole draft', () => {
  expect(errorsOf(whole)).toEqual([]);
});

it('an entry that is no key stands against submitting the others', () => {
  expect(errorsOf({ ...whole, keysText: 'alias/a\nprod-b' })).toEqual(['keys: Line 2 is not a key.']);
  expect(errorsOf({ ...whole, keysText: 'prod-a\nprod-b prod-c\nprod-d' })).toEqual([
    'keys: 4 entries are not keys, in lines 1, 2 and 3.',
  ]);
  expect(
    errorsOf({ ...whole, source: 'selector', keysText: 'prod-a', selector: { ...whole.selector, account: '1' } }),
  ).toEqual(['selector.account: An AWS account id has 12 digits.']);
});

it('a manifest is to be there, and one that a reload has lost is to be chosen again', () => {
  const manifest = (manifest: Draft['manifest']) => errorsOf({ ...whole, source: 'manifest', manifest });
  expect(manifest(null)).toEqual(['manifest: Choose a file, or paste its rows.']);
  expect(manifest({ name: 'rows.csv', text: ' \n', file: null })).toEqual([
    'manifest: Choose a file, or paste its rows.',
  ]);
  expect(manifest({ name: 'rows.csv', text: null, file: null })).toEqual([
    'manifest: Choose rows.csv again: a file of its size is not kept with the draft.',
  ]);
  expect(manifest({ name: 'rows.csv', text: 'alias/a,eu-west-1', file: null })).toEqual([]);
});

it('is said in the words of the form, without names of fields or YAML', () => {
  const options = (options: Partial<Draft['options']>) =>
    errorsOf({ ...whole, options: { ...whole.options, ...options } });
  expect(options({ priority: '' })).toEqual(['options.priority: Enter a whole number from 0 to 100.']);
  expect(options({ max_in_flight: 20_000 })).toEqual(['options.max_in_flight: Enter a whole number from 1 to 10,000.']);
  expect(options({ tolerance: 'count', toleranceValue: '' })).toEqual([
    'options.failure_tolerance: Enter how many replicas may fail: a whole number, 0 or more.',
  ]);
  expect(options({ tolerance: 'percent', toleranceValue: 101 })[0]).toContain('Enter a percentage from 0 to 100.');
  expect(errorsOf({ ...whole, name: 'x'.repeat(201) })).toEqual(['name: At most 200 characters.']);
  expect(errorsOf({ ...whole, source: 'selector' })).toEqual([
    'selector: Fill in at least one field: without any, every key would be taken.',
  ]);
  expect(errorsOf({ ...whole, same: ['alias', 'tags'], alias: 'x', tags: [{ name: 'a', value: 'b' }] })).toEqual([
    'replica.same_as_primary: Both copied from the primary and set below: alias and tags. Untick it here, or clear it below.',
  ]);
  expect(errorsOf({ ...whole, policyWay: 'document' })).toEqual(['replica.aws_param.Policy: Enter a policy document.']);
  expect(errorsOf({ ...whole, policyWay: 'document', policyText: '{ "Version"' })[0]).toMatch(/This is not JSON\. .+/);
});

it('a tag that a selector would have once is not given twice', () => {
  const tags = [
    { name: 'tier', value: '1' },
    { name: 'tier', value: '2' },
  ];
  expect(errorsOf({ ...whole, source: 'selector', selector: { ...whole.selector, tags } })).toEqual([
    'selector.tags: The tag "tier" is given twice.',
  ]);
});
