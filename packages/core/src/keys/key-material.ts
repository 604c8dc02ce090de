import type { CckmKey } from './cckm-key.ts';

/** One material of a key as CCKM's rotation records tell of it. Null where they say nothing. Source: contract, 2.7. */
export interface MaterialRecord {
  readonly materialId: string | null;
  readonly importState: string | null;
  readonly keyMaterialState: string | null;
  readonly lastImportError: string | null;
  readonly rotatedAt: string | null;
  readonly sourceKeyIdentifier: string | null;
  readonly sourceKeyTier: string | null;
  readonly expirationModel: string | null;
  readonly validTo: string | null;
}

/** Where key material comes from, as import-material wants it named. */
export interface MaterialSource {
  readonly sourceKeyIdentifier: string;
  readonly sourceKeyTier: string;
  /** RFC 3339; null: it does not expire. */
  readonly expiresAt: string | null;
}

/**
 * Whether a key's records prove that its material is there: KMS takes a key for `Enabled` only with all of its materials.
 * One that is only announced for a rotation does not count. Null when the records say nothing.
 */
export function isMaterialImported(records: readonly MaterialRecord[]): boolean | null {
  const told = records.filter(
    ({ importState, keyMaterialState }) => importState !== null && keyMaterialState !== 'PENDING_ROTATION',
  );
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
  const materials = ofPrimary
    .filter((record) => record.importState === 'IMPORTED' && record.materialId !== null)
    .sort((a, b) => (a.rotatedAt ?? '').localeCompare(b.rotatedAt ?? ''));
  const missing = materials
    .filter((record) => !there.has(sameMaterial(record)))
    .flatMap((record) => sourceOf(record.sourceKeyIdentifier, record.sourceKeyTier, record));
  return materials.length > 1 && missing.length > 0
    ? missing
    : sourceOf(primary.localKeyId, primary.keySource, primary);
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
  return [{ sourceKeyIdentifier, sourceKeyTier: sourceKeyTier ?? 'local', expiresAt: expires ? validTo : null }];
}
