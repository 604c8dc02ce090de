import { expect, test } from 'vitest';
import { canonicalSha256 } from '../plans/canonical-sha256.ts';
import { type HashedRow, rowSha256, rowSha256AsResolved } from './row-sha256.ts';

const row: HashedRow = {
  ...{ operation: 'replicate', key_id: 'k', key_arn: 'arn:aws:kms:us-east-1:111122223333:key/mrk-1', mrk: 'mrk-1' },
  ...{ alias: 'alias/é"\u2028', aliases: ['alias/é"\u2028', 'alias/b'], origin: 'AWS_KMS', account: '111122223333' },
  ...{ primary_region: 'us-east-1', region: 'eu-west-1', from_primary_sha256: null, manifest_line: 7 },
  settings: { aws_param: { Tags: [{ TagValue: 'v', TagKey: 'k' }], Alias: 'a' } },
};

test('the SHA-256 of a row is over its fields as canonical JSON, as docs/how-to/scheduling-and-approvals.md says', () => {
  expect(rowSha256(row)).toBe(
    canonicalSha256({
      ...{ operation: 'replicate', key_id: row.key_id, key_arn: row.key_arn, mrk: row.mrk, alias: row.alias },
      ...{ aliases: row.aliases, origin: row.origin, account: row.account, primary_region: row.primary_region },
      ...{ region: row.region, settings: row.settings, from_primary_sha256: null, manifest_line: 7 },
    }),
  );
});

test('it stays the same in whatever order Postgres gives what a line sets back', () => {
  const settings = { aws_param: { Alias: 'a', Tags: [{ TagKey: 'k', TagValue: 'v' }] } };
  expect(rowSha256({ ...row, settings })).toBe(rowSha256(row));
});

test('it stays the same when the primary moves, and changes with each field', () => {
  const stored = { ...row, named_as: null, resolved_primary_region: null };
  const named = [row.key_id, row.key_arn ?? ''];
  const moved = { ...stored, named_as: named, key_id: 'l', key_arn: 'm', primary_region: 'eu-west-3' };
  expect(rowSha256AsResolved(stored)).toBe(rowSha256(row));
  expect(rowSha256AsResolved({ ...moved, resolved_primary_region: 'us-east-1' })).toBe(rowSha256(row));
  for (const [field, value] of Object.entries(row)) {
    const other = typeof value === 'number' ? value + 1 : typeof value === 'string' ? `${value}x` : ['x'];
    expect([field, rowSha256({ ...row, [field]: other } as HashedRow)]).not.toEqual([field, rowSha256(row)]);
  }
});
