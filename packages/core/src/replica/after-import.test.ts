import { describe, expect, it } from 'vitest';
import { newReplica } from '../../../../test/models/replica/new-replica.ts';
import { classifyFailure, type ErrorCode, errorRule } from '../errors/index.ts';
import { afterImported, afterImportRefused } from './after-import.ts';
import type { CallContext } from './after-replicate.ts';
import type { ReplicaLife } from './life.ts';

const now = new Date('2026-11-24T12:00:00.000Z');
const context: CallContext = {
  now,
  random: () => 1,
  maxAttempts: 3,
  watch: { pollMs: 5_000, timeoutMs: 20 * 60_000 },
  cckmIsDown: false,
};
const importing: ReplicaLife = {
  ...newReplica('EXTERNAL', now),
  state: 'importing',
  outcome: 'created',
  replica_key_id: 'replica',
  key_state: 'PendingImport',
  attempts: 1,
  looks: 3,
  pending_import_since: now,
  accepted_at: now,
};
const refused = (code: ErrorCode, life: Partial<ReplicaLife> = {}) =>
  afterImportRefused(
    { ...importing, ...life },
    {
      code,
      message: code,
      httpStatus: 400,
      providerCode: null,
      retryAfterMs: null,
      mayHaveLanded: errorRule(code).mayHaveLanded,
    },
    context,
  ).changes;

describe('an import', () => {
  it('that was taken is believed once the replica is seen usable, not before', () => {
    const { changes } = afterImported({ accepted_at: now }, { more: 0 }, context);
    expect(changes).toMatchObject({ import_called_at: now });
    expect(changes.state).toBeUndefined();
    expect(changes.next_look_at).not.toBeNull();
  });

  it('of one material of a rotated key is followed by the next before anything is looked at', () => {
    const { changes } = afterImported({ accepted_at: now }, { more: 2 }, context);
    expect(changes.not_before?.getTime()).toBe(now.getTime() + context.watch.pollMs);
    expect(changes).toMatchObject({ imports: 0 });
    expect(changes.next_look_at).toBeUndefined();
  });

  it.each<ErrorCode>(['material_present', 'cckm_not_found', 'invalid_state'])(
    'that may not be needed, or met a record that lags, ends in a look: %s',
    (code) => {
      const changes = refused(code);
      expect(changes.state).toBeUndefined();
      expect(changes).toMatchObject({ imports: 1 });
      expect(changes.import_called_at).toBeUndefined();
      expect(changes.next_look_at).not.toBeNull();
    },
  );

  it.each<ErrorCode>(['call_timeout', 'cckm_internal'])('that may have landed is given time to show: %s', (code) => {
    expect(refused(code)).toMatchObject({ imports: 1, import_called_at: now });
  });

  it('that AWS did not answer uses up no attempt, however often, and is looked up', () => {
    const changes = refused('kms_unreachable', { imports: 2 });
    expect(changes).toMatchObject({ imports: 2, error: { code: 'kms_unreachable', retryable: true } });
    expect(changes.state).toBeUndefined();
    // Its time would make an import of it that came to nothing.
    expect(changes.import_called_at).toBeUndefined();
    expect(changes.next_look_at?.getTime()).toBeGreaterThan(now.getTime());
  });

  it('into a replica of somebody else that fails for good leaves it somebody else’s', () => {
    expect(refused('access_denied', { outcome: 'already_present' })).toMatchObject({
      state: 'failed',
      lost_answer: false,
    });
    expect(refused('access_denied')).toMatchObject({ state: 'failed', lost_answer: true });
  });

  it('waits for a replica that is still being created, whatever the number of attempts', () => {
    const changes = refused('key_creating', { imports: 2 });
    expect(changes).toMatchObject({ imports: 2 });
    expect(changes.next_look_at?.getTime()).toBeGreaterThan(now.getTime());
  });

  it.each<ErrorCode>(['incorrect_key_material', 'access_denied', 'import_source_unknown'])(
    'that would fail again ends the row: %s',
    (code) => {
      expect(refused(code)).toMatchObject({ state: 'failed', error: { code, retryable: false }, next_look_at: null });
    },
  );

  it('ends the row once the attempts are used up', () => {
    expect(refused('throttled', { imports: 2 })).toMatchObject({ state: 'failed', imports: 3 });
  });

  it('knows CCKM’s words for material that is there already', () => {
    const body = JSON.stringify({
      code: 15,
      codeDesc: 'NCERRBadRequest: Bad HTTP request',
      message: 'key material already exists',
    });
    expect(classifyFailure({ httpStatus: 400, body }).code).toBe('material_present');
  });
});
