import { describe, expect, it } from 'vitest';
import { newKey, newReplicaKey } from '../../../../test/models/keys/new-key.ts';
import { parseKeyReference } from './key-reference.ts';
import { chooseByAlias, liveRecordOf, primaryOf, resolveMember } from './resolved-key.ts';
import { rotationOf } from './rotation.ts';

function choose(text: string, carriers: ReturnType<typeof newKey>[]) {
  const parsed = parseKeyReference(text);
  if (parsed?.form !== 'alias') throw new Error(`${text} is no alias`);
  return chooseByAlias(parsed, carriers);
}

describe('an alias', () => {
  const primary = newKey();
  const other = newKey({ id: 'other', keyId: 'mrk-2', region: 'eu-central-1' });

  it('means the one primary that carries it, whatever replicas carry it too', () => {
    expect(choose('alias/a', [newReplicaKey(), primary])).toEqual({ key: primary, rivals: [] });
    expect(choose('alias/a', [newReplicaKey({ keyId: 'mrk-9' }), primary]).key).toBe(primary);
  });

  it('of several primaries is not guessed', () => {
    expect(choose('alias/a', [primary, other])).toEqual({ key: null, rivals: [primary, other] });
    const elsewhere = newKey({ id: 'elsewhere', account: '444455556666' });
    expect(choose('alias/a', [primary, elsewhere]).rivals).toHaveLength(2);
  });

  it('with account and Region means the key there', () => {
    const arn = 'arn:aws:kms:eu-central-1:111122223333:alias/a';
    expect(choose(arn, [primary, other])).toEqual({ key: other, rivals: [] });
    expect(choose(arn, [primary])).toEqual({ key: null, rivals: [] });
  });

  it('is looked at exactly, whatever the server’s filter lets through', () => {
    expect(choose('alias/a', [newKey({ aliases: ['alias/ab', 'alias/A'] })]).key).toBeNull();
  });

  it('that only a replica or a single-Region key carries means that one', () => {
    const replica = newReplicaKey();
    const single = newKey({ multiRegion: false, multiRegionKeyType: null });
    expect(choose('alias/a', [replica]).key).toBe(replica);
    expect(choose('alias/a', [single]).key).toBe(single);
    expect(choose('alias/a', [single, primary]).key).toBe(primary);
  });

  it('prefers keys that are there over those that are gone', () => {
    expect(choose('alias/a', [newKey({ id: 'gone', keyId: 'mrk-3', gone: true }), primary]).key).toBe(primary);
  });
});

describe('an id', () => {
  it('means the primary by mrk-, and the very member by CCKM id or ARN', () => {
    const primary = newKey();
    const replica = newReplicaKey({ id: '0f3e9d5c-1234-4abc-9def-0123456789ab' });
    const means = (text: string) => {
      const parsed = parseKeyReference(text);
      if (parsed === null || parsed.form === 'alias') throw new Error(text);
      return resolveMember(text, parsed, [replica, primary]);
    };
    expect(means('mrk-1')).toMatchObject({ key: primary, primary, alias: 'alias/a' });
    expect(means(replica.id.toUpperCase())).toMatchObject({ key: replica, primary });
    expect(means(String(primary.arn)).key?.arn).toBe(primary.arn);
  });
});

describe('two records of one key, one of them gone', () => {
  const gone = newKey({ id: '0f3e9d5c-1234-4abc-9def-0123456789ab', gone: true });
  const live = newKey({ id: 'live' });
  const replica = newReplicaKey({ arn: 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1' });

  it.each([gone.id, 'mrk-1', String(gone.arn)])('mean the live one, named %s', (text) => {
    const parsed = parseKeyReference(text);
    if (parsed === null || parsed.form === 'alias') throw new Error(text);
    for (const listed of [
      [gone, live, replica],
      [replica, live, gone],
    ]) {
      expect(resolveMember(text, parsed, listed)).toMatchObject({ key: { id: 'live' }, primary: { id: 'live' } });
    }
  });

  it('mean the live one by alias, also where only the record that is gone carries it', () => {
    expect(choose('alias/a', [gone, live]).key).toBe(live);
    const unnamed = newKey({ id: 'live', aliases: [] });
    const chosen = choose('alias/a', [gone]).key;
    expect(chosen && liveRecordOf(chosen, [gone, unnamed])).toBe(unnamed);
  });

  it('mean the record that is gone where there is no other of the same key in its Region', () => {
    expect(liveRecordOf(gone, [gone, replica])).toBe(gone);
    expect(primaryOf([gone, replica])).toBe(gone);
  });
});

describe('a rotation by CCKM', () => {
  const means = (reference: string, key: ReturnType<typeof newKey>, members = [key]) =>
    rotationOf({ reference, key, primary: key, members, alias: key.aliases[0] ?? null, rivals: [] });

  it('is stated of the old key, however it is named, and of the new one by alias while it has no replicas', () => {
    const old = newKey({ rotatedTo: 'new-id' });
    for (const name of ['mrk-1', 'alias/a', 'id']) expect(means(name, old)).toContain('new-id');
    const fresh = newKey({ rotatedFrom: 'old-id' });
    expect(means('alias/a', fresh)).toContain('old-id');
    expect(means('mrk-1', fresh)).toBeNull();
    expect(means('alias/a', fresh, [fresh, newReplicaKey()])).toBeNull();
    expect(means('alias/a', newKey())).toBeNull();
  });
});
