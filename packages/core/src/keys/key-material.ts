import type { CckmKey } from './cckm-key.ts';
import { tierOf } from './source-tier.ts';

/** One material of a key as CCKM's rotation records tell of it. Null where they say nothing. Source: contract, 2.7. */
export interface MaterialRecord {
  readonly materialId: string | null;
  readonly importState: string | null;
  readonly keyMaterialState: string | null;
  readonly lastImportError: string | null;
  readonly rotatedAt: string | null;
  readonly sourceKeyIdentifier: string | null;
  readonly sourceKeyTier: string | null;
  /** Where the source key lives, in the words of `key_source`. */
  readonly keySource: string | null;
  readonly expirationModel: string | null;
  readonly validTo: string | null;
}

/** Where key material comes from, as import-material wants it named. */
export interface MaterialSource {
  readonly sourceKeyIdentifier: string;
  /** Null: CCKM names none that is known, and goes by its own default. */
  readonly sourceKeyTier: string | null;
  /** RFC 3339; null: it does not expire. */
  readonly expiresAt: string | null;
}

/**
 * Materials that KMS does not use yet: one that is announced for a rotation, and one that first has to be imported into
 * every replica. A key is usable with what is current. Source: KMS API reference, RotationsListEntry.
 */
const announced = ['PENDING_ROTATION', 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'];

/** The records of materials that a key uses or has used; what is only announced for a rotation is not there yet. */
export function materialsInForce(records: readonly MaterialRecord[]): MaterialRecord[] {
  return records.filter(({ keyMaterialState }) => !announced.includes(keyMaterialState?.toUpperCase() ?? ''));
}

/**
 * Whether a key's records prove that its material is there: KMS takes a key for `Enabled` only with all of its materials.
 * One that is only announced for a rotation does not count. Null when the records say nothing.
 */
export function isMaterialImported(records: readonly MaterialRecord[]): boolean | null {
  const told = materialsInForce(records).filter(({ importState }) => importState !== null);
  return told.length === 0 ? null : told.every(({ importState }) => importState === 'IMPORTED');
}

/**
 * What a replica still lacks of its primary's material, oldest first: KMS takes each material of a rotated key once, in
 * that order. Without records the one material that the primary's key names. Empty: CCKM names no source.
 */
export function missingMaterial(
  primary: CckmKey,
  ofPrimary: readonly MaterialRecord[],
  ofReplica: readonly MaterialRecord[],
): MaterialSource[] {
  const there = new Set(ofReplica.filter(({ importState }) => importState === 'IMPORTED').map(sameMaterial));
  const materials = materialsInForce(ofPrimary)
    .filter((record) => record.importState === 'IMPORTED' && record.materialId !== null)
    .sort((a, b) => (a.rotatedAt ?? '').localeCompare(b.rotatedAt ?? ''));
  const missing = materials
    .filter((record) => !there.has(sameMaterial(record)))
    .flatMap((record) => sourceOf(record.sourceKeyIdentifier, tierOf(...saidOf(record, primary)), record));
  if (materials.length > 1 && missing.length > 0) return missing;
  const current = materials.find(({ keyMaterialState }) => keyMaterialState === 'CURRENT') ?? materials.at(-1);
  return sourceOf(primary.localKeyId, tierOf(primary, ...(current ? [current] : [])), primary);
}

/** Who says where a material comes from: the key of what is current, the record of what was before. Source: contract, 9. */
function saidOf(record: MaterialRecord, primary: CckmKey): (MaterialRecord | CckmKey)[] {
  return record.sourceKeyIdentifier === primary.localKeyId ? [primary, record] : [record, primary];
}

const sameMaterial = ({ materialId, sourceKeyIdentifier }: MaterialRecord): string | null =>
  materialId ?? sourceKeyIdentifier;

function sourceOf(
  sourceKeyIdentifier: string | null,
  sourceKeyTier: string | null,
  { validTo, expirationModel }: Pick<MaterialRecord, 'validTo' | 'expirationModel'>,
): MaterialSource[] {
  if (sourceKeyIdentifier === null) return [];
  const expires = validTo !== null && expirationModel === 'KEY_MATERIAL_EXPIRES';
  return [{ sourceKeyIdentifier, sourceKeyTier, expiresAt: expires ? validTo : null }];
}
