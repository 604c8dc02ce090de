import { expect, it } from 'vitest';
import { newKey } from '../../../../test/models/keys/new-key.ts';
import { mayLackMaterial } from './may-lack-material.ts';

const now = new Date('2026-11-24T12:00:00.000Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

it.each([
  ['AWS_KMS', 'Enabled', null, false],
  ['AWS_KMS', 'Creating', ago(0), false],
  ['EXTERNAL', 'PendingImport', ago(10_000), true],
  [null, 'PendingImport', null, true],
  ['EXTERNAL', 'Creating', ago(0), true],
  ['EXTERNAL', null, ago(10_000), true],
  ['EXTERNAL', 'Enabled', ago(1), true],
  ['EXTERNAL', 'Enabled', null, true],
  ['EXTERNAL', 'Enabled', ago(120), false],
  ['EXTERNAL', 'Disabled', ago(1), false],
])('a replica of origin %s that CCKM calls %s, created %s: %s', (origin, keyState, createdAt, may) => {
  expect(mayLackMaterial(newKey({ origin, keyState, createdAt }), now)).toBe(may);
});
