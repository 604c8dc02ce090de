import { describe, expect, it } from 'vitest';
import { newReplica } from '../../../../test/models/replica/new-replica.ts';
import { classifyFailure, type ErrorCode, errorRule, toReplicaError } from '../errors/index.ts';
import { type AliasHolder, afterAliasRefused } from './after-alias.ts';
import { afterLook } from './after-look.ts';
import type { ReplicaDifferenceView } from './difference.ts';
import type { FoundReplica } from './found-replica.ts';
import type { ReplicaIdentity, ReplicaLife } from './life.ts';

const now = new Date('2026-11-29T12:00:00.000Z');
const ago = (ms: number) => new Date(now.getTime() - ms);
const context = {
  now,
  random: () => 0.5,
  watch: { pollMs: 1_000, timeoutMs: 20 * 60_000 },
  importMaterial: true,
  maxAttempts: 3,
  cckmIsDown: false,
};
const missing = (name: string): ReplicaDifferenceView => ({ field: 'alias', wanted: `alias/${name}`, present: [] });
const tags: ReplicaDifferenceView = { field: 'tags', wanted: [{ TagKey: 'a', TagValue: '1' }], present: [] };

const usable: ReplicaIdentity & ReplicaLife = {
  ...newReplica('AWS_KMS', now),
  state: 'creating',
  outcome: 'created',
  attempts: 1,
  accepted_at: ago(60_000),
  usable_at: ago(30_000),
  differs_since: ago(30_000),
  looks: 5,
  next_look_at: now,
};
const see = (life: Partial<ReplicaLife>, ...differences: ReplicaDifferenceView[]) => {
  const found: FoundReplica = {
    ...{ id: 'found', arn: null, keyState: 'Enabled', materialImported: null, importError: null, mayBeOurs: true },
    differences,
  };
  return afterLook({ ...usable, ...life }, found, context).changes;
};
const errorOf = (code: ErrorCode, retryable: boolean) => ({
  ...toReplicaError({ code, message: `${code}.`, httpStatus: 400, providerCode: 'XException' }),
  retryable,
});

describe('a usable replica that lacks an alias', () => {
  it('is read again first, since records lag', () => {
    const changes = see({ differs_since: null, usable_at: null }, missing('one'));
    expect(changes).toMatchObject({ state: 'creating', differs_since: now, usable_at: now });
    expect(changes.next_look_at).not.toBeNull();
  });

  it('is due for it next, and for the second once the first is there', () => {
    expect(see({}, missing('one'), missing('two'))).toMatchObject({
      alias_due: 'one',
      next_look_at: null,
      not_before: now,
    });
    const made = { alias_due: 'one', alias_called_at: ago(100), alias_calls: 2 };
    expect(see(made, missing('two'))).toMatchObject({ alias_due: 'two', alias_calls: 0, alias_called_at: null });
    expect(see(made)).toMatchObject({ state: 'succeeded', error: null, alias_due: null, usable_at: usable.usable_at });
  });

  it('is called for again where an accepted call came to nothing, until the attempts are used up', () => {
    const accepted = { alias_due: 'one', alias_called_at: ago(12_000) };
    expect(see({ ...accepted, alias_calls: 1 }, missing('one'))).toMatchObject({ alias_calls: 2, next_look_at: null });
    expect(see({ ...accepted, alias_calls: 2 }, missing('one'))).toMatchObject({
      state: 'failed',
      alias_calls: 3,
      diff: [missing('one')],
      error: { code: 'replica_differs', retryable: false },
    });
  });

  it('fails with the cause where it was refused for good, and stays marked as usable', () => {
    const error = errorOf('access_denied', false);
    const changes = see({ alias_due: 'one', alias_calls: 1, error }, missing('one'), tags);
    expect(changes).toMatchObject({ state: 'failed', key_state: 'Enabled', usable_at: usable.usable_at });
    expect(changes.error).toMatchObject({ code: 'replica_differs', provider_code: 'XException' });
    expect(changes.error?.message).toMatch(
      /alias \(alias\/one is missing\), tags\. Cause: access_denied\. \(access_denied\)/,
    );
  });
});

it('a difference that no call can end is read three times over ten seconds before it stands', () => {
  expect(see({ differs_since: ago(9_000) }, tags).state).not.toBe('failed');
  expect(see({ looks: 1 }, tags).state).not.toBe('failed');
  expect(see({}, tags)).toMatchObject({ state: 'failed', diff: [tags] });
});

it('a replica of others is not changed: its difference is told', () => {
  const changes = see({ outcome: 'already_present' }, missing('one'));
  expect(changes).toMatchObject({ state: 'already_present', diff: [missing('one')], error: null });
  expect(changes.alias_due).toBeUndefined();
});

describe('an add-alias that was refused', () => {
  const refused = (code: ErrorCode, holder: AliasHolder | null = null, aliasCalls = 0) => {
    const { mayHaveLanded } = errorRule(code);
    const failure = { code, message: code, httpStatus: 400, providerCode: null, retryAfterMs: null, mayHaveLanded };
    return afterAliasRefused({ ...usable, alias_due: 'one', alias_calls: aliasCalls }, failure, context, holder)
      .changes;
  };

  it('by a throttle comes again later, and counts', () => {
    const changes = refused('throttled');
    expect(changes).toMatchObject({ alias_calls: 1, next_look_at: null, error: { retryable: true } });
    expect(changes.not_before?.getTime()).toBeGreaterThan(now.getTime());
  });

  it('because another key has it names that key; because this replica has it, is read back', () => {
    const other = refused('alias_taken', { who: 'another key', name: 'the key mrk-2' });
    expect(other).toMatchObject({ next_look_at: now, error: { retryable: false } });
    expect(other.error?.message).toContain('the key mrk-2');
    expect(refused('alias_taken', { who: 'this replica' })).toMatchObject({ error: null, next_look_at: now });
    expect(refused('alias_taken', { who: 'not listed' }).alias_called_at).toEqual(now);
  });

  it.each<ErrorCode>(['kms_unreachable', 'call_timeout', 'cckm_internal'])(
    'may have landed after %s: read first',
    (code) => {
      expect(refused(code)).toMatchObject({ alias_called_at: now, looks: 0, error: { retryable: true } });
    },
  );

  it('for good is not taken for one that may have landed, though its text names CreateAlias', () => {
    const body = JSON.stringify({
      codeDesc: 'NCERRBadRequest: Bad HTTP request',
      message: 'Error : AccessDeniedException: User is not authorized to perform: kms:CreateAlias',
    });
    const { requestId: _id, ...classified } = classifyFailure({ httpStatus: 400, body });
    const failure = { ...classified, httpStatus: 400, retryAfterMs: null };
    const { changes } = afterAliasRefused({ ...usable, alias_due: 'one' }, failure, context, null);
    expect(changes).toMatchObject({ error: { code: 'access_denied', retryable: false }, next_look_at: now });
    expect(changes.alias_called_at).toBeUndefined();
  });
});
