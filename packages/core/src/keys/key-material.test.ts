import { describe, expect, it } from 'vitest';
import type { CckmKey } from './cckm-key.ts';
import { isMaterialImported, type MaterialRecord, missingMaterial } from './key-material.ts';

const primary = {
  localKeyId: 'source-now',
  keySource: 'LOCAL',
  sourceKeyTier: null,
  validTo: null,
  expirationModel: null,
} as CckmKey;
const record = (materialId: string, more: Partial<MaterialRecord> = {}): MaterialRecord => ({
  materialId,
  importState: 'IMPORTED',
  keyMaterialState: 'NON_CURRENT',
  lastImportError: null,
  rotatedAt: `2026-01-0${materialId.slice(-1)}T00:00:00Z`,
  sourceKeyIdentifier: `source-${materialId}`,
  sourceKeyTier: 'hsm-luna',
  keySource: null,
  expirationModel: null,
  validTo: null,
  ...more,
});
const ids = (sources: { sourceKeyIdentifier: string }[]) => sources.map((source) => source.sourceKeyIdentifier);

describe('the material that a replica lacks', () => {
  it('is the source key of its primary, with its expiry, where there are no records', () => {
    const validTo = '2027-01-01T00:00:00Z';
    const expiring = { ...primary, validTo, expirationModel: 'KEY_MATERIAL_EXPIRES' };
    expect(missingMaterial(expiring, [], [])).toEqual([
      { sourceKeyIdentifier: 'source-now', sourceKeyTier: 'local', expiresAt: validTo },
    ]);
  });

  it('of a rotated key is every material that it does not have yet, oldest first, from its own source', () => {
    const all = [record('m3', { keyMaterialState: 'CURRENT' }), record('m1'), record('m2')];
    expect(ids(missingMaterial(primary, all, []))).toEqual(['source-m1', 'source-m2', 'source-m3']);
    expect(ids(missingMaterial(primary, all, [record('m1')]))).toEqual(['source-m2', 'source-m3']);
    expect(missingMaterial(primary, all, [])[0]?.sourceKeyTier).toBe('hsm-luna');
  });

  it('leaves out what the primary itself has not imported', () => {
    const all = [record('m1'), record('m2'), record('m3', { importState: 'PENDING_IMPORT' })];
    expect(ids(missingMaterial(primary, all, []))).toEqual(['source-m1', 'source-m2']);
  });

  it.each([
    ['LunaHSM', 'hsm-luna'],
    ['lunahsm', 'hsm-luna'],
    ['Luna HSM', 'hsm-luna'],
    ['DSM', 'dsm'],
    ['LOCAL', 'local'],
    ['External CM', 'external-cm'],
    ['external-cm', 'external-cm'],
    ['EXTERNAL', 'external-cm'],
    ['CloudHSM of tomorrow', null],
    ['', null],
    [null, null],
  ])('comes from the tier that `key_source` %s means, and never from a wrong one', (keySource, tier) => {
    expect(missingMaterial({ ...primary, keySource }, [], [])[0]?.sourceKeyTier).toBe(tier);
  });

  it('comes from the tier that the key states, then its record, then its `key_source`', () => {
    const recorded = [record('m1', { keyMaterialState: 'CURRENT', sourceKeyTier: 'dsm' })];
    const tier = (key: CckmKey, records = recorded) => missingMaterial(key, records, [])[0]?.sourceKeyTier;
    expect(tier({ ...primary, sourceKeyTier: 'external-cm' })).toBe('external-cm');
    expect(tier(primary)).toBe('dsm');
    expect(tier({ ...primary, keySource: 'LunaHSM' }, [record('m1', { sourceKeyTier: null })])).toBe('hsm-luna');
  });

  it('leaves out what is only announced for a rotation', () => {
    const all = [
      record('m1', { keyMaterialState: 'CURRENT' }),
      record('m2', { keyMaterialState: 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION' }),
    ];
    expect(ids(missingMaterial(primary, all, []))).toEqual(['source-now']);
  });

  it('is unknown when CCKM names no source', () => {
    expect(missingMaterial({ ...primary, localKeyId: null }, [], [])).toEqual([]);
  });
});

describe('the proof that material is there', () => {
  it('needs every material, and is none where the records say nothing', () => {
    expect(isMaterialImported([])).toBeNull();
    expect(isMaterialImported([record('m1', { importState: null })])).toBeNull();
    expect(isMaterialImported([record('m1'), record('m2')])).toBe(true);
    expect(isMaterialImported([record('m1'), record('m2', { importState: 'PENDING_IMPORT' })])).toBe(false);
  });

  it('does not wait for material that is only announced for a rotation', () => {
    for (const keyMaterialState of ['PENDING_ROTATION', 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION']) {
      const announced = record('m2', { importState: 'PENDING_IMPORT', keyMaterialState });
      expect(isMaterialImported([record('m1'), announced])).toBe(true);
    }
  });
});
