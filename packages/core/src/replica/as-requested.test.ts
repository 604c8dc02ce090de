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
  acceptedAt: ago(60_000),
  usableAt: ago(30_000),
  differsSince: ago(30_000),
  looks: 5,
  nextLookAt: now,
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
    const changes = see({ differsSince: null, usableAt: null }, missing('one'));
    expect(changes).toMatchObject({ state: 'creating', differsSince: now, usableAt: now });
    expect(changes.nextLookAt).not.toBeNull();
  });

  it('is due for it next, and for the second once the first is there', () => {
    expect(see({}, missing('one'), missing('two'))).toMatchObject({
      aliasDue: 'one',
      nextLookAt: null,
      notBefore: now,
    });
    const made = { aliasDue: 'one', aliasCalledAt: ago(100), aliasCalls: 2 };
    expect(see(made, missing('two'))).toMatchObject({ aliasDue: 'two', aliasCalls: 0, aliasCalledAt: null });
    expect(see(made)).toMatchObject({ state: 'succeeded', error: null, aliasDue: null, usableAt: usable.usableAt });
  });

  it('is called for again where an accepted call came to nothing, until the attempts are used up', () => {
    const accepted = { aliasDue: 'one', aliasCalledAt: ago(12_000) };
    expect(see({ ...accepted, aliasCalls: 1 }, missing('one'))).toMatchObject({ aliasCalls: 2, nextLookAt: null });
    expect(see({ ...accepted, aliasCalls: 2 }, missing('one'))).toMatchObject({
      state: 'failed',
      aliasCalls: 3,
      diff: [missing('one')],
      error: { code: 'replica_differs', retryable: false },
    });
  });

  it('fails with the cause where it was refused for good, and stays marked as usable', () => {
    const error = errorOf('access_denied', false);
    const changes = see({ aliasDue: 'one', aliasCalls: 1, error }, missing('one'), tags);
    expect(changes).toMatchObject({ state: 'failed', keyState: 'Enabled', usableAt: usable.usableAt });
    expect(changes.error).toMatchObject({ code: 'replica_differs', provider_code: 'XException' });
    expect(changes.error?.message).toMatch(
      /alias \(alias\/one is missing\), tags\. Cause: access_denied\. \(access_denied\)/,
    );
  });
});

it('a difference that no call can end is read three times over ten seconds before it stands', () => {
  expect(see({ differsSince: ago(9_000) }, tags).state).not.toBe('failed');
  expect(see({ looks: 1 }, tags).state).not.toBe('failed');
  expect(see({}, tags)).toMatchObject({ state: 'failed', diff: [tags] });
});

it('a replica of others is not changed: its difference is told', () => {
  const changes = see({ outcome: 'already_present' }, missing('one'));
  expect(changes).toMatchObject({ state: 'already_present', diff: [missing('one')], error: null });
  expect(changes.aliasDue).toBeUndefined();
});

describe('an add-alias that was refused', () => {
  const refused = (code: ErrorCode, holder: AliasHolder | null = null, aliasCalls = 0) => {
    const { mayHaveLanded } = errorRule(code);
    const failure = { code, message: code, httpStatus: 400, providerCode: null, retryAfterMs: null, mayHaveLanded };
    return afterAliasRefused({ ...usable, aliasDue: 'one', aliasCalls }, failure, context, holder).changes;
  };

  it('by a throttle comes again later, and counts', () => {
    const changes = refused('throttled');
    expect(changes).toMatchObject({ aliasCalls: 1, nextLookAt: null, error: { retryable: true } });
    expect(changes.notBefore?.getTime()).toBeGreaterThan(now.getTime());
  });

  it('because another key has it names that key; because this replica has it, is read back', () => {
    const other = refused('alias_taken', { who: 'another key', name: 'the key mrk-2' });
    expect(other).toMatchObject({ nextLookAt: now, error: { retryable: false } });
    expect(other.error?.message).toContain('the key mrk-2');
    expect(refused('alias_taken', { who: 'this replica' })).toMatchObject({ error: null, nextLookAt: now });
    expect(refused('alias_taken', { who: 'not listed' }).aliasCalledAt).toEqual(now);
  });

  it.each<ErrorCode>(['kms_unreachable', 'call_timeout', 'cckm_internal'])(
    'may have landed after %s: read first',
    (code) => {
      expect(refused(code)).toMatchObject({ aliasCalledAt: now, looks: 0, error: { retryable: true } });
    },
  );

  it('for good is not taken for one that may have landed, though its text names CreateAlias', () => {
    const body = JSON.stringify({
      codeDesc: 'NCERRBadRequest: Bad HTTP request',
      message: 'Error : AccessDeniedException: User is not authorized to perform: kms:CreateAlias',
    });
    const { requestId: _id, ...classified } = classifyFailure({ httpStatus: 400, body });
    const failure = { ...classified, httpStatus: 400, retryAfterMs: null };
    const { changes } = afterAliasRefused({ ...usable, aliasDue: 'one' }, failure, context, null);
    expect(changes).toMatchObject({ error: { code: 'access_denied', retryable: false }, nextLookAt: now });
    expect(changes.aliasCalledAt).toBeUndefined();
  });
});
