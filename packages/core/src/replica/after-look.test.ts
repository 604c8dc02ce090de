import { describe, expect, it } from 'vitest';
import { newReplica } from '../../../../test/models/replica/new-replica.ts';
import { toReplicaError } from '../errors/index.ts';
import { absencesToConclude, afterLook } from './after-look.ts';
import type { FoundReplica, LookContext } from './found-replica.ts';
import type { ReplicaIdentity, ReplicaLife } from './life.ts';

const now = new Date('2026-11-24T12:00:00.000Z');
const ago = (ms: number) => new Date(now.getTime() - ms);
const pollMs = 1_000;

const context: LookContext = {
  now,
  random: () => 0.5,
  watch: { pollMs, timeoutMs: 20 * 60_000 },
  importMaterial: true,
  maxAttempts: 8,
};

const accepted: ReplicaIdentity & ReplicaLife = {
  ...newReplica('AWS_KMS', now),
  state: 'creating',
  outcome: 'created',
  attempts: 1,
  next_look_at: now,
  accepted_at: ago(2_000),
};
const external = { ...accepted, origin: 'EXTERNAL' };

const errorOf = (code: Parameters<typeof toReplicaError>[0]['code']) =>
  toReplicaError({ code, message: code, httpStatus: 400, providerCode: null });
/** A call was made and nobody knows what became of it. */
const lost = {
  ...accepted,
  state: 'replicating' as const,
  outcome: null,
  accepted_at: null,
  unsettled_since: ago(5_000),
  lost_answer: true,
  error: errorOf('connection_lost'),
};
/** KMS said that there is a replica already. */
const exists = { ...lost, lost_answer: false, error: errorOf('already_exists') };

const found = (keyState: string | null, more: Partial<FoundReplica> = {}): FoundReplica => ({
  mayBeOurs: true,
  id: 'found',
  arn: 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1',
  keyState,
  materialImported: null,
  importError: null,
  differences: [],
  ...more,
});

const look = (
  row: ReplicaIdentity & ReplicaLife,
  replica: FoundReplica | null,
  more: Partial<LookContext> = {},
): Partial<ReplicaLife> & { synchronize?: boolean } => {
  const { changes, synchronize } = afterLook(row, replica, { ...context, ...more });
  return synchronize ? { ...changes, synchronize } : changes;
};

describe('a replica that we made', () => {
  it.each(['Creating', 'Updating', 'Disabled', 'Unavailable', null])(
    'is not usable as long as it is %s',
    (keyState) => {
      const changes = look(accepted, found(keyState));
      expect(changes.state).toBeUndefined();
      expect(changes.key_state).toBe(keyState);
      expect(changes.next_look_at?.getTime()).toBeGreaterThan(now.getTime());
    },
  );

  it('is usable when it is Enabled, and is looked at no more', () => {
    expect(look(accepted, found('Enabled'))).toMatchObject({
      state: 'succeeded',
      usable_at: now,
      next_look_at: null,
      replica_key_id: 'found',
    });
  });

  it('is looked at again when CCKM does not list it yet, however often', () => {
    const changes = look({ ...accepted, absences: 50, looks: 50 }, null);
    expect(changes.state).toBeUndefined();
    expect(changes.next_look_at?.getTime()).toBeGreaterThan(now.getTime());
  });

  it.each(['PendingDeletion', 'PendingReplicaDeletion'])('is blocked when somebody deletes it: %s', (keyState) => {
    expect(look(accepted, found(keyState))).toMatchObject({
      state: 'blocked',
      error: { code: 'replica_pending_deletion', retryable: false },
    });
  });

  it.each([found('Creating'), null])('fails with verify_timeout after its time, and is ours if retried', (replica) => {
    expect(look({ ...accepted, accepted_at: ago(20 * 60_000) }, replica)).toMatchObject({
      state: 'failed',
      lost_answer: true,
      error: { code: 'verify_timeout' },
    });
  });
});

describe('an EXTERNAL replica', () => {
  it("is not believed at CCKM's first Enabled", () => {
    expect(look(external, found('Enabled'))).toMatchObject({ enabled_since: now });
    expect(look(external, found('Enabled')).state).toBeUndefined();
  });

  it('is usable once Enabled when the rotation records prove the material', () => {
    expect(look(external, found('Enabled', { materialImported: true })).state).toBe('succeeded');
  });

  it('is usable without proof when Enabled has lasted', () => {
    expect(look({ ...external, enabled_since: ago(13 * pollMs) }, found('Enabled')).state).toBe('succeeded');
  });

  it('is not believed against its rotation records, however long Enabled lasts', () => {
    const long = { ...external, enabled_since: ago(100 * pollMs) };
    expect(look(long, found('Enabled', { materialImported: false })).state).toBeUndefined();
  });

  it('starts the clock anew when Enabled turns into Creating again', () => {
    expect(look({ ...external, enabled_since: ago(13 * pollMs) }, found('Creating'))).toMatchObject({
      enabled_since: null,
    });
  });

  it('waits first for CCKM to import by itself, then asks for an import', () => {
    const first = look(external, found('PendingImport'));
    expect(first).toMatchObject({ state: 'importing', pending_import_since: now });
    expect(first.next_look_at).not.toBeNull();
    const waited = { ...external, state: 'importing' as const, pending_import_since: ago(7 * pollMs) };
    expect(look(waited, found('PendingImport'))).toMatchObject({ next_look_at: null, not_before: now });
  });

  it('is imported at once when CCKM says that its own import failed', () => {
    expect(look(external, found('PendingImport', { importError: 'key is creating' }))).toMatchObject({
      state: 'importing',
      next_look_at: null,
    });
  });

  it('is not imported twice while the first import may still show', () => {
    const sent = { ...external, pending_import_since: ago(60_000), import_called_at: ago(pollMs), imports: 1 };
    expect(look(sent, found('PendingImport', { importError: 'old' })).next_look_at).not.toBeNull();
  });

  it('ends without material and without usable_at where the plan says so', () => {
    const changes = look(external, found('PendingImport'), { importMaterial: false });
    expect(changes).toMatchObject({ state: 'succeeded', key_state: 'PendingImport' });
    expect(changes.usable_at).toBeNull();
  });
});

describe('a call whose answer was lost', () => {
  it('is adopted when its replica is found, and watched until it is usable', () => {
    expect(look(lost, found('Creating'))).toMatchObject({
      state: 'creating',
      outcome: 'adopted',
      unsettled_since: null,
      error: null,
    });
    expect(look(lost, found('Enabled'))).toMatchObject({ state: 'succeeded', outcome: 'adopted', usable_at: now });
  });

  it('is called again only after several reads in a row have missed it', () => {
    let row: ReplicaIdentity & ReplicaLife = lost;
    for (let read = 1; read < absencesToConclude; read += 1) {
      const changes = look(row, null);
      expect(changes.state).toBeUndefined();
      expect(changes.unsettled_since).toBeUndefined();
      row = { ...row, ...changes };
    }
    expect(look(row, null)).toMatchObject({ state: 'pending', unsettled_since: null, not_before: now });
  });

  it('fails with its own error when the attempts are used up and nothing is there', () => {
    const row = { ...lost, failures: 8, absences: absencesToConclude };
    expect(look(row, null)).toMatchObject({ state: 'failed', error: { code: 'connection_lost', retryable: false } });
  });
});

describe('an EXTERNAL replica that no call of ours made', () => {
  const there = { ...exists, origin: 'EXTERNAL' };

  it('is done as it is where it has its material, or where the plan imports none', () => {
    const proved = found('Enabled', { materialImported: true });
    expect(look(there, proved)).toMatchObject({ state: 'already_present', outcome: 'already_present' });
    expect(look(there, found('Disabled')).state).toBe('already_present');
    const without = look(there, found('PendingImport'), { importMaterial: false });
    expect(without).toMatchObject({ state: 'already_present', key_state: 'PendingImport' });
  });

  it('is given its material where the plan imports it, and is succeeded then', () => {
    const first = look(there, found('PendingImport'));
    expect(first).toMatchObject({ state: 'importing', outcome: 'already_present', pending_import_since: now });
    const row = { ...there, ...first, pending_import_since: ago(7 * pollMs) };
    expect(look(row, found('PendingImport'))).toMatchObject({ next_look_at: null, not_before: now });
    const sent = { ...row, import_called_at: ago(pollMs) };
    expect(look(sent, found('Enabled', { materialImported: true }))).toMatchObject({
      state: 'succeeded',
      usable_at: now,
    });
  });

  it('is not believed at CCKM’s first Enabled, as one of ours is not', () => {
    expect(look(there, found('Enabled'))).toMatchObject({ state: 'creating', enabled_since: now });
    expect(look(there, found('Enabled', { materialImported: false })).state).toBe('creating');
  });

  it('fails with material_missing when no import arrives, and stays somebody else’s', () => {
    const row = {
      ...{ ...there, state: 'importing' as const, outcome: 'already_present' as const, unsettled_since: null },
      ...{ imports: context.maxAttempts - 1, import_called_at: ago(3_600_000), pending_import_since: ago(3_600_000) },
    };
    expect(look(row, found('PendingImport'))).toMatchObject({
      state: 'failed',
      lost_answer: false,
      error: { code: 'material_missing', retryable: false },
    });
  });
});

describe('a call that AWS did not answer', () => {
  const row = { ...lost, absences: absencesToConclude, error: errorOf('kms_unreachable') };

  it('is called again however many attempts were used up, and less often each time', () => {
    const waits = [1, 4, 12].map((attempts) => {
      const changes = look({ ...row, attempts, failures: 0 }, null, { maxAttempts: 1 });
      expect(changes.state).toBe('pending');
      return (changes.not_before?.getTime() ?? 0) - now.getTime();
    });
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits.at(-1)).toBeLessThanOrEqual(30_000);
  });
});

describe('AlreadyExists', () => {
  it('is already_present when somebody else made the replica', () => {
    expect(look(exists, found('Enabled'))).toMatchObject({ state: 'already_present', outcome: 'already_present' });
  });

  it('is adopted when an earlier call of ours may have made it', () => {
    expect(look({ ...exists, lost_answer: true }, found('Enabled'))).toMatchObject({
      state: 'succeeded',
      outcome: 'adopted',
    });
  });

  it('is blocked when what is there is pending deletion', () => {
    expect(look(exists, found('PendingDeletion')).state).toBe('blocked');
  });

  it('asks for a synchronisation when CCKM lists nothing, and gives up after minutes, never calling again', () => {
    const row = { ...exists, absences: absencesToConclude };
    const changes = look(row, null);
    expect(changes).toMatchObject({ synchronize: true });
    expect(changes.state).toBeUndefined();
    expect(look({ ...row, unsettled_since: ago(20 * 60_000) }, null)).toMatchObject({
      state: 'failed',
      error: { code: 'already_exists', retryable: false },
    });
  });

  it('of an alias fails when there is no replica, for it would again', () => {
    const row = { ...exists, error: errorOf('alias_taken'), absences: absencesToConclude };
    expect(look(row, null)).toMatchObject({ state: 'failed', error: { code: 'alias_taken' } });
  });
});
