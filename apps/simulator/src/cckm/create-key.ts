import { z } from 'zod';
import { checkAlias, createAlias } from '../kms/alias-key.ts';
import { createKey } from '../kms/create-key.ts';
import { importKeyMaterial } from '../kms/import-key-material.ts';
import { badRequest, invalidParam, readBody } from './api-error.ts';
import type { Cckm } from './cckm.ts';
import { readExpiry } from './import-material.ts';
import type { KeyRecord } from './key-record.ts';
import { keyRequest, readKeyRequest } from './key-request.ts';

const createRequest = keyRequest.extend({ kms: z.string().min(1), region: z.string().min(1) });
const uploadRequest = createRequest.extend({
  source_key_identifier: z.string().min(1),
  source_key_tier: z.enum(['local', 'dsm', 'external-cm', 'hsm-luna']).default('local'),
  key_expiration: z.boolean().nullish(),
});

/** `POST keys`. Source: CCKM contract, section 2.4. */
export function create(cckm: Cckm, body: unknown): KeyRecord {
  const request = readBody(createRequest, body);
  return createFrom(cckm, request, request.aws_param?.Origin === 'EXTERNAL' ? 'EXTERNAL' : 'AWS_KMS');
}

/** `POST upload-key`: creates an EXTERNAL key and imports its material in one call. Source: section 2.8. */
export function upload(cckm: Cckm, body: unknown): KeyRecord {
  const request = readBody(uploadRequest, body);
  const validTo = readExpiry(request.key_expiration ?? false, request.aws_param?.ValidTo);
  const record = createFrom(cckm, request, 'EXTERNAL');
  importKeyMaterial(cckm.kms, record.key, {
    source: request.source_key_identifier,
    tier: request.source_key_tier,
    validTo,
  });
  record.lastImport = { status: 'success', error: '', at: cckm.now() };
  return record;
}

const specs =
  /^(SYMMETRIC_DEFAULT|RSA_(2048|3072|4096)|ECC_NIST_P(256|384|521)|ECC_SECG_P256K1|HMAC_(224|256|384|512))$/;

function createFrom(cckm: Cckm, request: z.output<typeof createRequest>, origin: 'AWS_KMS' | 'EXTERNAL'): KeyRecord {
  const container = cckm.containers.find(request.kms);
  if (!container) throw badRequest(`KMS ${request.kms} is not found`);
  if (!container.regions.includes(request.region)) throw badRequest(`Region ${request.region} is not in the KMS`);
  const params = request.aws_param ?? {};
  const spec = params.CustomerMasterKeySpec || 'SYMMETRIC_DEFAULT';
  if (!specs.test(spec)) throw invalidParam('aws_param.CustomerMasterKeySpec: not a key spec');
  const { account } = container;
  const wanted = readKeyRequest(cckm, account, request);
  if (wanted.alias !== null) {
    checkAlias(cckm.kms, { account, region: request.region }, wanted.alias);
    cckm.kms.quotas.require({ account, region: request.region, operation: 'CreateAlias' }, 1);
  }
  const key = createKey(cckm.kms, {
    ...wanted,
    account,
    region: request.region,
    origin,
    multiRegion: params.MultiRegion ?? false,
    spec,
    usage: params.KeyUsage || usageOf(spec),
    policy: wanted.choice.policy,
  });
  wanted.choice.applied();
  const record = cckm.addRecord(key, container, { principals: wanted.choice.principals, stale: true });
  if (wanted.alias !== null) createAlias(cckm.kms, key, wanted.alias);
  return record;
}

/** What a key of this spec is for when nobody says. */
export function usageOf(spec: string): string {
  if (spec === 'SYMMETRIC_DEFAULT' || spec.startsWith('RSA')) return 'ENCRYPT_DECRYPT';
  return spec.startsWith('HMAC') ? 'GENERATE_VERIFY_MAC' : 'SIGN_VERIFY';
}
