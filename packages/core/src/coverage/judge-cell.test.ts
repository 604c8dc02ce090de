import { describe, expect, it } from 'vitest';
import type { CckmKey } from '../keys/cckm-key.ts';
import type { MaterialRecord } from '../keys/key-material.ts';
import { newKey, newReplicaKey } from '../keys/model/new-key.ts';
import { unknownKey } from '../keys/resolved-key.ts';
import { type CellFacts, judgeCell } from './judge-cell.ts';

const region = 'eu-west-1';
const arn = `arn:aws:kms:${region}:111122223333:key/mrk-1`;
const now = new Date('2026-11-24T12:00:00Z');
const primary = newKey();
const replica = newReplicaKey({ arn });
const external = (more: Partial<CckmKey> = {}) =>
  newReplicaKey({ arn, origin: 'EXTERNAL', expirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE', ...more });
const record = (more: Partial<MaterialRecord> = {}): MaterialRecord => ({
  ...{ materialId: 'm1', importState: 'IMPORTED', keyMaterialState: 'CURRENT', lastImportError: null, rotatedAt: null },
  ...{ sourceKeyIdentifier: null, sourceKeyTier: null, expirationModel: null, validTo: null },
  ...more,
});

function judge(member: CckmKey | null, more: Partial<CellFacts> = {}, of: CckmKey = primary) {
  const members = member === null ? [of] : [of, member];
  return judgeCell({
    region,
    resolved: { reference: 'mrk-1', key: of, primary: of, members, alias: null, rivals: [] },
    managedRegions: new Set(['us-east-1', region]),
    wanted: {},
    sameAsPrimary: [],
    records: new Map([['replica', [record()]]]),
    materialValidDays: 30,
    readings: null,
    now,
    ...more,
  });
}

describe('a key in a Region', () => {
  it.each<[string, ReturnType<typeof judge>]>([
    ['covered', judge(replica)],
    ['covered', judge(external())],
    ['no_replica', judge(null)],
    ['not_multi_region', judge(null, {}, newKey({ multiRegion: false, multiRegionKeyType: null }))],
    ['other_partition', judge(null, { region: 'cn-north-1', managedRegions: new Set(['cn-north-1']) })],
    ['pending_deletion', judge({ ...replica, keyState: 'PendingDeletion' })],
    ['pending_import', judge(external({ keyState: 'PendingImport' }))],
    ['disabled', judge({ ...replica, keyState: 'Disabled' })],
    ['material_expires', judge(external({ expirationModel: 'KEY_MATERIAL_EXPIRES', validTo: '2026-12-01T00:00:00Z' }))],
    ['material_expired', judge(external({ expirationModel: 'KEY_MATERIAL_EXPIRES', validTo: '2026-11-01T00:00:00Z' }))],
    ['differs', judge(replica, { wanted: { aws_param: { Description: 'dr' } } })],
    ['differs', judge(replica, { sameAsPrimary: ['enabled'] }, newKey({ keyState: 'Disabled' }))],
    ['unknown_key', judge(null, { resolved: unknownKey('alias/x') })],
    ['containers_unknown', judge(null, { managedRegions: null })],
    ['not_listed', judge(null, { managedRegions: null }, newKey({ replicaKeys: [{ arn: null, region }] }))],
    ['covered', judge(replica, { managedRegions: null })],
    ['disabled', judge({ ...replica, keyState: 'Disabled' }, { managedRegions: null })],
    ['gone', judge({ ...replica, gone: true }, { managedRegions: null })],
    ['region_not_managed', judge(replica, { managedRegions: new Set() })],
    ['region_not_managed', judge(replica, { managedRegions: new Set(['us-east-1']) })],
    ['gone', judge({ ...replica, gone: true })],
    ['not_listed', judge(null, {}, newKey({ replicaKeys: [{ arn: null, region }] }))],
    ['still_changing', judge({ ...replica, keyState: 'Creating' })],
    ['state_unknown', judge({ ...replica, keyState: null })],
    ['record_incomplete', judge({ ...replica, arn: null })],
    ['material_unproven', judge(external(), { records: new Map() })],
    [
      'material_unproven',
      judge(external(), { records: new Map([['replica', [record({ importState: 'PENDING_IMPORT' })]]]) }),
    ],
    ['covered', judge(external({ createdAt: new Date('2026-11-24T11:00:00Z') }), { records: new Map() })],
    ['expiry_unknown', judge(external({ expirationModel: null }))],
    ['policy_unknown', judge(replica, { sameAsPrimary: ['policy'] })],
  ])('is %s', (code, verdict) => {
    expect(verdict.code).toBe(code);
    if (code !== 'covered') expect(verdict.message.length).toBeGreaterThan(20);
  });

  it('that its policy wants twice over is told by the worst', () => {
    const worst = judge(external({ keyState: 'Disabled', description: 'x' }), {
      wanted: { aws_param: { Description: 'dr' } },
    });
    expect(worst.state).toBe('disabled');
  });
});

describe('a proof', () => {
  const read = { how: 'refreshed' as const, settled: true };
  const readings = new Map([
    ['id', read],
    ['replica', read],
  ]);
  it.each<[string, ReturnType<typeof judge>]>([
    ['covered', judge({ ...replica, currentMaterialId: 'm' }, { readings }, newKey({ currentMaterialId: 'm' }))],
    [
      'material_differs',
      judge({ ...replica, currentMaterialId: 'n' }, { readings }, newKey({ currentMaterialId: 'm' })),
    ],
    ['material_unproven', judge(replica, { readings }, newKey({ currentMaterialId: 'm' }))],
    ['not_confirmed', judge(replica, { readings: new Map([['id', read]]) })],
    ['not_confirmed', judge(replica, { readings: new Map([...readings, ['replica', { ...read, settled: false }]]) })],
    [
      'material_missing',
      judge(external(), {
        readings,
        records: new Map([
          ['id', [record(), record({ materialId: 'm2' })]],
          ['replica', [record()]],
        ]),
      }),
    ],
    ['material_unproven', judge(external(), { readings })],
  ])('is %s', (code, verdict) => {
    expect(verdict.code).toBe(code);
  });
});

it('of which CCKM leaves anything out, or says something odd, is never covered by that', () => {
  const odd = [null, undefined, '', 'Odd', 0, true, [], {}];
  const needed = ['arn', 'region', 'keyState', 'origin', 'keyId', 'multiRegionKeyType'] as const;
  for (const base of [replica, external()]) {
    for (const field of needed) {
      for (const value of odd) {
        const verdict = judge({ ...base, [field]: value } as unknown as CckmKey);
        expect([field, value, verdict.state]).not.toEqual([field, value, 'covered']);
      }
    }
  }
  for (const value of odd) {
    const imported = new Map([['replica', [{ ...record(), importState: value } as unknown as MaterialRecord]]]);
    expect(judge(external(), { records: imported }).state).not.toBe('covered');
    expect(judge(external({ expirationModel: value as string })).state).not.toBe('covered');
    const expiring = external({ expirationModel: 'KEY_MATERIAL_EXPIRES', validTo: value as string });
    if (value !== 0 && value !== true) expect(judge(expiring).state).not.toBe('covered');
  }
});
