import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newKey, newReplicaKey } from '../../../../test/models/keys/new-key.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import type { MaterialRecord } from '../keys/key-material.ts';
import { unknownKey } from '../keys/resolved-key.ts';
import { namedTagsOnly } from '../plan/tag-rules.ts';
import { coverageFindings } from './findings.ts';
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
  ...{ sourceKeyIdentifier: null, sourceKeyTier: null, keySource: null, expirationModel: null, validTo: null },
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
    tagRules: namedTagsOnly,
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

describe('whatever CCKM says', () => {
  const somewhere = fc.constantFrom(region, 'us-east-1', null, '');
  const odd = fc.constantFrom<unknown>(null, undefined, '', 'Odd', 0, true, [], {});
  const or = <T>(...values: T[]) =>
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...values) }, odd) as fc.Arbitrary<T>;
  const time = or<string | null>('2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z', '2030-01-01T00:00:00Z', 'soon');
  const model = or('KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE');
  const members = fc.option(
    fc.record({
      id: fc.constant('replica'),
      keyId: or('mrk-1', 'mrk-2'),
      arn: or(arn, arn.replace(region, 'us-east-1'), arn.replace('mrk-1', 'mrk-2')),
      region: fc.constant(region),
      keyState: or('Enabled', 'Enabled', 'Disabled', 'PendingImport', 'PendingDeletion', 'Creating', 'Unavailable'),
      origin: or('AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM'),
      multiRegionKeyType: or('REPLICA', 'PRIMARY'),
      primaryKey: fc.record({ arn: fc.constant(null), region: somewhere }),
      description: fc.constantFrom(null, 'dr'),
      policy: fc.constantFrom<unknown>(null, {}, { Statement: [] }),
      createdAt: fc.constantFrom(null, now, new Date(0)),
      currentMaterialId: fc.constantFrom(null, 'm1', 'm2'),
      expirationModel: model,
      validTo: time,
      gone: fc.nat(5).map((of) => of === 0),
    }),
    { freq: 6 },
  );
  const imports = fc.array(
    fc.record({
      materialId: fc.constantFrom(null, 'm1', 'm2'),
      importState: or('IMPORTED', 'PENDING_IMPORT'),
      keyMaterialState: fc.constantFrom('CURRENT', 'NON_CURRENT', 'PENDING_ROTATION', null),
      expirationModel: fc.constantFrom(null, 'KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'),
      validTo: fc.constantFrom(null, '2026-12-01T00:00:00Z'),
    }),
    { maxLength: 3 },
  );
  const proofs = fc.option(
    fc.record({ id: fc.boolean(), replica: fc.boolean() }).map((settled) => {
      return new Map(Object.entries(settled).map(([id, is]) => [id, { how: 'refreshed' as const, settled: is }]));
    }),
  );
  const facts = fc.record({
    member: members,
    records: imports,
    ofPrimary: imports,
    material: fc.constantFrom(null, 'm1', 'm2'),
    named: fc.boolean(),
    managedRegions: fc.constantFrom(null, new Set(['us-east-1']), new Set(['us-east-1', region])),
    sameAsPrimary: fc.subarray(['policy', 'enabled', 'description'] as const),
    readings: proofs,
  });

  type Given = typeof facts extends fc.Arbitrary<infer T> ? T : never;
  const judged = ({ member, records, ofPrimary, material, named, ...more }: Given) => {
    const rows = (of: typeof records) => of.map((one) => record(one as Partial<MaterialRecord>));
    return judge(
      member && newReplicaKey(member as Partial<CckmKey>),
      {
        ...more,
        records: new Map([
          ['replica', rows(records)],
          ['id', rows(ofPrimary)],
        ]),
      },
      newKey({ currentMaterialId: material, replicaKeys: named ? [{ arn: null, region }] : [] }),
    );
  };

  it('is covered only where it is listed once, whole, Enabled and with its material, and refreshed for a proof', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(facts, (given) => {
        const { state, code, message } = judged(given);
        seen.add(code);
        expect(state).toBe(coverageFindings[code].state);
        if (state !== 'covered') {
          expect(message.length).toBeGreaterThan(20);
          return;
        }
        const { member, managedRegions, readings, records, material } = given;
        expect(member).toMatchObject({ arn, keyId: 'mrk-1', keyState: 'Enabled', gone: false });
        expect(managedRegions?.has(region) ?? true).toBe(true);
        expect([...(readings?.values() ?? [])].every(({ settled }) => settled)).toBe(true);
        if (member?.origin === 'EXTERNAL') {
          expect(records.every(({ importState }) => importState === 'IMPORTED')).toBe(true);
          expect(member.createdAt !== now || records.length > 0).toBe(true);
        } else {
          expect(member?.origin).toBe('AWS_KMS');
          if (readings) expect(member?.currentMaterialId).toBe(material);
        }
      }),
      { seed: 20_261_124, numRuns: 20_000 },
    );
    // The draw reaches what it is about.
    expect([...seen]).toEqual(expect.arrayContaining(['covered', 'no_replica', 'not_listed', 'containers_unknown']));
    expect(seen.size).toBeGreaterThan(18);
  });

  it('is missing only where no record of the Region is listed, nothing names one, and CCKM looks there', () => {
    fc.assert(
      fc.property(facts, (given) => {
        if (judged(given).code !== 'no_replica') return;
        expect(given).toMatchObject({ member: null, named: false });
        expect(given.managedRegions?.has(region)).toBe(true);
      }),
      { seed: 20_261_124, numRuns: 5_000 },
    );
  });
});
