import { z } from 'zod';
import { updatePrimaryRegion } from '../kms/update-primary-region.ts';
import { readBody } from './api-error.ts';
import type { Cckm } from './cckm.ts';
import type { KeyRecord } from './key-record.ts';
import { shownMembers } from './member-view.ts';

const promoteRequest = z.looseObject({ PrimaryRegion: z.string().min(1) });

/**
 * `POST keys/{id}/update-primary-region`. AWS wants the current primary; given another member, CCKM asks the one that its
 * record says is primary, which is the wrong one just after a promotion. Source: CCKM contract, sections 2.8 and 3.2.
 */
export function promote(cckm: Cckm, record: KeyRecord, body: unknown): void {
  const { PrimaryRegion: region } = readBody(promoteRequest, body);
  const members = shownMembers(cckm, record);
  const anyMember = cckm.settings.cckm.promote_by_any_member;
  const key = anyMember && members?.type === 'REPLICA' ? members.primary : record.key;
  const doneAt = updatePrimaryRegion(cckm.kms, key, region);
  cckm.promotions.set(key.keyId, {
    previousRegion: key.region,
    doneAt,
    knownAt: doneAt + cckm.settings.timings.stale_primary_ms,
  });
  record.updatedAt = cckm.now();
}
