import { type ManifestFormat, maxManifestRows } from '@keyferry/core';
import { describe, expect, it } from 'vitest';
import { type ManifestBatch, readManifest } from './read-manifest.ts';

const mrk = (i: number) => `mrk-${i.toString(16).padStart(32, '0')}`;

/** Bytes in pieces of `size`, so that lines and characters are cut anywhere. */
async function* pieces(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text as string);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string | Uint8Array, format: ManifestFormat = 'csv', size = 7): Promise<ManifestBatch> {
  const batches = await Array.fromAsync(readManifest(pieces(text, size), format));
  return { rows: batches.flatMap(({ rows }) => rows), errors: batches.flatMap(({ errors }) => errors) };
}
const told = ({ errors }: ManifestBatch) => errors.map(({ line, path, code }) => [line, path, code]);

describe('a CSV manifest', () => {
  it('is read with and without a header, whatever the line ends, byte-order mark and empty lines', async () => {
    const row = { key: mrk(1), region: 'eu-west-1' };
    const alias = { settings: { aws_param: { Alias: 'a' } } };
    for (const text of [
      `${mrk(1)},eu-west-1,a`,
      `key,region,alias\n${mrk(1)},eu-west-1,a\n`,
      `\u{feff}Alias, KEY ,region\r\na,${mrk(1)},eu-west-1\r\n\r\n,,\r\n`,
    ]) {
      expect(await read(text)).toMatchObject({ rows: [{ ...row, ...alias }], errors: [] });
    }
  });

  it('takes alias, description and tags of a row, quoted cells with line breaks, and counts lines as an editor does', async () => {
    const text = [
      'key,region,alias,description,tags',
      `${mrk(1)},,{alias}-dr,"two`,
      'lines, é""x""",tier=1; owner=a=b ;empty=',
      `${mrk(2)},group:eu,,,`,
      'nonsense,eu-west-1',
    ].join('\n');
    const { rows, errors } = await read(text);
    const Tags = [
      { TagKey: 'tier', TagValue: '1' },
      { TagKey: 'owner', TagValue: 'a=b' },
      { TagKey: 'empty', TagValue: '' },
    ];
    const aws_param = { Alias: '{alias}-dr', Description: 'two\nlines, é"x"', Tags };
    expect(rows).toEqual([
      { line: 2, key: mrk(1), region: null, settings: { aws_param } },
      { line: 4, key: mrk(2), region: 'group:eu', settings: null },
    ]);
    expect(errors).toMatchObject([{ line: 5, path: 'manifest[5].key', code: 'invalid_key' }]);
  });

  it('tells everything that is wrong, line by line, and goes on', async () => {
    const text = [
      'key,region,colour,alias',
      `${mrk(1)},eu-wst-1,red,alias/x`,
      `,eu-west-1`,
      `${mrk(2)},eu-west-1,,,,more`,
      `${mrk(3)},eu-west-1`,
    ].join('\n');
    const batch = await read(text);
    expect(told(batch)).toEqual([
      [1, 'manifest[1].colour', 'unknown_field'],
      [2, 'manifest[2].region', 'unknown_region'],
      [2, 'manifest[2].alias', 'invalid_value'],
      [3, 'manifest[3].key', 'required'],
      [4, 'manifest[4]', 'too_many_cells'],
    ]);
    expect(batch.rows).toMatchObject([{ line: 5 }]);
  });

  it('knows a header that lacks the key, and semicolons', async () => {
    expect(told(await read(`Key Id,Region\n${mrk(1)},eu-west-1`))).toEqual([[1, 'manifest[1].key', 'required']]);
    expect(told(await read(`${mrk(1)};eu-west-1`))).toEqual([[1, 'manifest[1]', 'not_comma_separated']]);
  });

  it.each([
    [`${mrk(1)},"eu-west-1\n${mrk(2)},eu-west-1`, /never closed/],
    [`${mrk(1)},eu"west`, /quotes/],
    [`${mrk(1)},eu-west-1,,${'x'.repeat(70_000)}`, /64 KiB/],
    [Buffer.from([0x6b, 0xff, 0xfe]), /UTF-8/],
  ])('of which the rest cannot be made out is given up, with a line and a reason (%#)', async (text, reason) => {
    await expect(read(text, 'csv', 1000)).rejects.toThrow(reason);
  });
});

describe('an NDJSON manifest', () => {
  it('takes one object a line, tags in either form, and null for nothing', async () => {
    const text = [
      JSON.stringify({ key: mrk(1), region: 'eu-west-1', tags: { tier: '1' }, alias: null }),
      '',
      JSON.stringify({ key: mrk(2), description: 'é', tags: [{ TagKey: 'tier', TagValue: '1' }] }),
    ].join('\r\n');
    const Tags = [{ TagKey: 'tier', TagValue: '1' }];
    expect(await read(text, 'ndjson', 1)).toEqual({
      rows: [
        { line: 1, key: mrk(1), region: 'eu-west-1', settings: { aws_param: { Tags } } },
        { line: 3, key: mrk(2), region: null, settings: { aws_param: { Description: 'é', Tags } } },
      ],
      errors: [],
    });
  });

  it('tells what is wrong with each line', async () => {
    const long = `{"key":"${mrk(1)}","__proto__":{"region":"x"},"tags":{"tier":1}}`;
    expect(told(await read(`{"key"\n[]\n5\n${long}`, 'ndjson'))).toEqual([
      [1, 'manifest[1]', 'invalid_json'],
      [2, 'manifest[2]', 'invalid_type'],
      [3, 'manifest[3]', 'invalid_type'],
      [4, 'manifest[4].tags[0].TagValue', 'invalid_type'],
      [4, 'manifest[4].__proto__', 'unknown_field'],
    ]);
    await expect(read('x'.repeat(70_000), 'ndjson', 1000)).rejects.toThrow(/64 KiB/);
  });
});

it('has at most a million rows', async () => {
  async function* lines(): AsyncGenerator<Uint8Array> {
    const some = Buffer.from('{"key":"mrk-1"}\n'.repeat(10_000));
    for (let i = 0; i <= maxManifestRows / 10_000; i += 1) yield some;
  }
  let rows = 0;
  let last: ManifestBatch | undefined;
  for await (const batch of readManifest(lines(), 'ndjson')) {
    rows += batch.rows.length;
    last = batch;
  }
  expect(rows).toBe(maxManifestRows);
  expect(last?.errors).toMatchObject([{ line: maxManifestRows + 1, code: 'too_many_rows' }]);
});
