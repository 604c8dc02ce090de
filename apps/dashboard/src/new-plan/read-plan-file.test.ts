import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readPlanFile } from './read-plan-file.ts';

const faultsOf = async (text: string) => {
  const read = await readPlanFile(text);
  return 'faults' in read
    ? read.faults.map(({ line, text, mark, why }) => ({ line, marked: text?.slice(...mark), why }))
    : [];
};

it('names the line of everything that is wrong, and marks it', async () => {
  const text = 'name: dr\nkeys:\n  - alias/a\n  - not-a-key\nregions: [eu-wset-1]\noptions:\n  max_inflight: 5\n';
  expect(await faultsOf(text)).toEqual([
    { line: 4, marked: 'not-a-key', why: expect.stringContaining('keys[1]: Not a key') },
    { line: 5, marked: 'eu-wset-1', why: expect.stringContaining('eu-west-1') },
    { line: 7, marked: 'max_inflight', why: expect.stringContaining('Did you mean "max_in_flight"?') },
  ]);
});

it('says where a text stops being YAML or JSON', async () => {
  expect(await faultsOf('name: dr\nkeys: [alias/a\nregions: []\n')).toMatchObject([{ line: 3 }]);
  expect(await faultsOf('{\n  "name": "dr",\n  "name": "dr"\n}')).toMatchObject([{ line: 3 }]);
});

it('refuses what is not a plan that this form can make', async () => {
  expect(await faultsOf('')).toMatchObject([{ line: 1, why: expect.stringContaining('not a plan') }]);
  expect(await faultsOf('- alias/a')).toMatchObject([{ line: 1, why: expect.stringContaining('not a plan') }]);
  expect(await faultsOf('name: x\nkind: Drill')).toMatchObject([{ line: 2, marked: 'Drill' }]);
  expect(await faultsOf('name: x\noperation: promote')).toMatchObject([{ line: 2, marked: 'promote' }]);
  const bomb = `a0: &a0 [x, x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')}`;
  expect(await faultsOf(bomb)).toMatchObject([{ line: 1 }]);
});

it('reads the rest of a plan whose keys a manifest names', async () => {
  expect(await readPlanFile('name: x\nregions: [eu-west-1]')).toMatchObject({ spec: { name: 'x' } });
});

it('reads every example', async () => {
  const folder = new URL('../../../../examples/plans/', import.meta.url);
  for (const file of readdirSync(folder)) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    if (/^operation: promote/m.test(text)) continue;
    expect([file, await readPlanFile(text)]).toEqual([file, { spec: expect.anything() }]);
  }
});
