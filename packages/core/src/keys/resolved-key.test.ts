import { describe, expect, it } from 'vitest';
import { parseKeyReference } from './key-reference.ts';
import { newKey, newReplicaKey } from './model/new-key.ts';
import { chooseByAlias, resolveMember } from './resolved-key.ts';

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
