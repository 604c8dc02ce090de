import { importKeyMaterial } from '../kms/import-key-material.ts';
import { KmsError } from '../kms/kms-error.ts';
import { hasMaterial, type KmsKey, stateOf } from '../kms/kms-key.ts';
import type { Cckm } from './cckm.ts';
import type { KeyRecord } from './key-record.ts';

const mostTries = 120;

/**
 * CCKM's own import into a new EXTERNAL replica, in the background. In `fails-while-creating` it comes while the replica is
 * still `Creating`, fails and is not repeated. Source: CCKM contract, section 2.6.
 */
export function scheduleSelfImport(cckm: Cckm, record: KeyRecord, primary: KmsKey): void {
  const { auto_import: mode } = cckm.settings.cckm;
  if (mode === 'off') return;
  const { first_poll_ms: firstPoll, self_import_ms: afterPoll } = cckm.settings.timings;
  const hasty = mode === 'fails-while-creating';
  tryAt(cckm.now() + (hasty ? 1 : firstPoll + afterPoll), 1);

  function tryAt(time: number, tries: number): void {
    cckm.kms.timeline.at(time, () => {
      const now = cckm.now();
      const { key } = record;
      if (key.deleted || key.deletion || hasMaterial(key, now)) return;
      const again = () => tryAt(now + cckm.settings.timings.self_import_retry_ms, tries + 1);
      if (stateOf(key, now) === 'Creating' && !hasty) return again();
      const material = primary.material;
      if (!material) return;
      try {
        importKeyMaterial(cckm.kms, key, material);
        record.lastImport = { status: 'success', error: '', at: now };
        record.updatedAt = now;
      } catch (error) {
        if (!(error instanceof KmsError)) throw error;
        if (error.exception === 'ThrottlingException' && tries < mostTries) return again();
        record.lastImport = { status: 'failed', error: `${error.exception}: ${error.message}`, at: now };
      }
    });
  }
}
