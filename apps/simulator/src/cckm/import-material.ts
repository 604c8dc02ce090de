import { z } from 'zod';
import { importKeyMaterial } from '../kms/import-key-material.ts';
import { KmsError } from '../kms/kms-error.ts';
import { hasMaterial } from '../kms/kms-key.ts';
import { badRequest, invalidParam, readBody } from './api-error.ts';
import type { Cckm } from './cckm.ts';
import { materialIdOf } from './key-json.ts';
import type { KeyRecord } from './key-record.ts';
import { type Page, pageOf, type Query, sorted } from './page.ts';

const importRequest = z.looseObject({
  source_key_identifier: z.string().nullish(),
  source_key_tier: z.enum(['local', 'dsm', 'external-cm', 'hsm-luna']).default('local'),
  key_expiration: z.boolean().nullish(),
  valid_to: z.string().nullish(),
  import_type: z.enum(['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL']).nullish(),
});

/** ms since the epoch of CCKM's `YYYY-MM-DDThh:mm:ssZ`. Throws its 400 for anything else. */
export function readExpiry(expires: boolean, validTo: string | null | undefined): number | null {
  if (!expires) return null;
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(validTo ?? '') ? Date.parse(validTo ?? '') : Number.NaN;
  if (Number.isNaN(at)) throw invalidParam('valid_to: must be a time like 2030-01-31T00:00:00Z');
  return at;
}

/** `POST keys/{id}/import-material`. Source: CCKM contract, section 2.7. */
export function importMaterial(cckm: Cckm, record: KeyRecord, body: unknown): void {
  const request = readBody(importRequest, body);
  const { key } = record;
  const validTo = readExpiry(request.key_expiration ?? false, request.valid_to);
  const isReplica = key.set !== null && key.set.primary !== key;
  if (request.import_type && isReplica && !cckm.settings.cckm.import_type_on_replicas) {
    throw badRequest('import_type is only supported for single region AES key.');
  }
  if (!request.source_key_identifier && (request.source_key_tier !== 'local' || key.spec !== 'SYMMETRIC_DEFAULT')) {
    throw invalidParam('source_key_identifier is required');
  }
  const now = cckm.now();
  try {
    importKeyMaterial(cckm.kms, key, {
      // Without one CCKM makes a new source key, which is not the material that a set already has.
      source: request.source_key_identifier || cckm.ids.uuid(),
      tier: request.source_key_tier,
      validTo,
    });
  } catch (error) {
    if (error instanceof KmsError && !hasMaterial(key, now)) {
      record.lastImport = { status: 'failed', error: `${error.exception}: ${error.message}`, at: now };
    }
    throw error;
  }
  record.lastImport = { status: 'success', error: '', at: now };
  record.updatedAt = now;
}

/** `GET keys/{id}/rotations`: what CCKM knows of a key's material; nothing for a native key. Source: section 2.7. */
export function listRotations(cckm: Cckm, record: KeyRecord, query: Query): Page<Record<string, unknown>> {
  const { key, lastImport } = record;
  if (key.origin !== 'EXTERNAL') return pageOf([], query);
  const material = hasMaterial(key, cckm.now()) ? key.material : null;
  const source = material?.source ?? '';
  const at = new Date(material?.importedAt ?? key.createdAt).toISOString();
  const rotation = {
    id: `${record.id.slice(0, -4)}0001`,
    createdAt: at,
    source_key_identifier: source,
    source_key_name: source && `cckm-source-${source.slice(0, 8)}`,
    source_key_tier: material?.tier ?? '',
    key_source: material?.tier ?? '',
    local_key_id: source,
    key_material_origin: material ? 'cckm' : 'unknown',
    last_import_status: lastImport?.status ?? '',
    last_import_error: lastImport?.error ?? '',
    last_import_at: lastImport ? new Date(lastImport.at).toISOString() : null,
    aws_param: {
      KeyId: key.keyId,
      KeyMaterialId: material ? materialIdOf(key) : '',
      ImportState: material ? 'IMPORTED' : 'PENDING_IMPORT',
      KeyMaterialState: 'CURRENT',
      RotationDate: at,
      RotationType: '',
      ExpirationModel: material?.validTo == null ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES',
      ValidTo: material?.validTo == null ? null : new Date(material.validTo).toISOString(),
      KeyMaterialDescription: '',
    },
  };
  return pageOf(sorted([rotation], query.sort, { RotationDate: ({ createdAt }) => createdAt }), query);
}
