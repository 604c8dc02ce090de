import { z } from 'zod';
import { checkAlias, createAlias } from '../kms/alias-key.ts';
import { replicateKey } from '../kms/replicate-key.ts';
import { badRequest, invalidParam, readBody } from './api-error.ts';
import type { Cckm } from './cckm.ts';
import { replicaAnswerJson } from './key-json.ts';
import type { KeyRecord } from './key-record.ts';
import { keyRequest, readKeyRequest } from './key-request.ts';
import { scheduleSelfImport } from './self-import.ts';

const replicateRequest = keyRequest.extend({ replica_region: z.string().nullish(), ReplicaRegion: z.string().nullish() });

/** `POST keys/{id}/replicate-key`. Source: CCKM contract, sections 2.5 and 2.6. */
export function replicate(cckm: Cckm, record: KeyRecord, body: unknown): Record<string, unknown> {
  const request = readBody(replicateRequest, body);
  const region = request.replica_region || (cckm.settings.cckm.strict_replica_region ? null : request.ReplicaRegion);
  if (!region) throw invalidParam('replica_region is required');
  const primary = record.key;
  const wanted = readKeyRequest(cckm, primary.account, request);
  const container = cckm.containers.holding(primary.account, region);
  if (!container) throw badRequest(`Region ${region} is not in any KMS of AWS account ${primary.account}`);

  if (wanted.alias !== null && cckm.settings.cckm.alias_conflict === 'before') {
    checkAlias(cckm.kms, { account: primary.account, region }, wanted.alias);
    cckm.kms.quotas.require({ account: primary.account, region, operation: 'CreateAlias' }, 1);
  }
  const { choice } = wanted;
  const replica = replicateKey(cckm.kms, primary, { ...wanted, region, policy: choice.policy });
  choice.applied();

  const now = cckm.now();
  const { timings, cckm: ways } = cckm.settings;
  const replicaRecord = cckm.addRecord(replica, container, {
    principals: choice.principals,
    stale: true,
    falseEnabled:
      replica.origin === 'EXTERNAL' && ways.false_enabled
        ? { from: now + timings.false_enabled_after_ms, until: now + timings.first_poll_ms }
        : null,
  });
  cckm.listedBySiblingsFrom.set(replica.arn, now + timings.stale_replica_keys_ms);
  if (replica.origin === 'EXTERNAL') scheduleSelfImport(cckm, replicaRecord, primary);
  // The alias is a call of its own to AWS, after the replica is there.
  if (wanted.alias !== null) createAlias(cckm.kms, replica, wanted.alias);
  return replicaAnswerJson(cckm, replicaRecord, primary);
}
