import { createCipheriv, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSeal, noSeal, SealError, sealKeyId } from './seal.ts';

const [old, fresh] = [randomBytes(32), randomBytes(32)];
const policy = { Statement: [{ Principal: { AWS: 'arn:aws:iam::111122223333:root' } }] };

const here = { table: 'plans', id: '1', field: 'replica' };

it('closes a value so that it tells nothing, twice never alike, and opens it again', () => {
  const seal = createSeal([old]);
  const [one, two] = [seal.close(policy, here), seal.close(policy, here)];
  expect(JSON.stringify(one)).not.toContain('Statement');
  expect(one).not.toEqual(two);
  expect([seal.open(one, here), seal.open(two, here)]).toEqual([policy, policy]);
  expect(seal.open(policy, here)).toEqual(policy);
});

it('seals with the first key and opens with any; without the key, or after a change, it refuses', () => {
  const before = createSeal([old]).close(policy, here) as { $sealed: string };
  const rotated = createSeal([fresh, old]);
  expect(rotated.open(before, here)).toEqual(policy);
  expect(JSON.stringify(rotated.close(policy, here))).toContain(sealKeyId(fresh));
  expect(() => createSeal([fresh]).open(before, here)).toThrow(sealKeyId(old));
  expect(() => noSeal.open(before, here)).toThrow(SealError);
  const [id, place, body = ''] = before.$sealed.split('.');
  for (let i = 0; i < body.length; i += 7) {
    const other = body[i] === 'A' ? 'B' : 'A';
    const changed = { $sealed: `${id}.${place}.${body.slice(0, i)}${other}${body.slice(i + 1)}` };
    expect(() => createSeal([old]).open(changed, here)).toThrow('has been changed');
  }
  const renamed = { $sealed: `${sealKeyId(fresh)}.${place}.${body}` };
  expect(() => rotated.open(renamed, here)).toThrow('has been changed');
});

it('leaves values as they are without a key', () => {
  expect(noSeal.close(policy, here)).toBe(policy);
});

it('opens a value in its own row and field alone', () => {
  const seal = createSeal([old]);
  const closed = seal.close(policy, here);
  for (const other of [{ table: 'drills' }, { id: '2' }, { field: 'overrides.0' }]) {
    expect(() => seal.open(closed, { ...here, ...other })).toThrow('moved to another place');
  }
});

it('opens what was sealed before values were bound to their place', () => {
  const id = sealKeyId(old);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', old, nonce).setAAD(Buffer.from(id));
  const body = Buffer.concat([nonce, cipher.update(JSON.stringify(policy)), cipher.final(), cipher.getAuthTag()]);
  expect(createSeal([old]).open({ $sealed: `${id}.${body.toString('base64url')}` }, here)).toEqual(policy);
});

it.each([
  { $sealed: 'x' },
  { $sealed: `${sealKeyId(old)}.at.AAAA` },
  { $sealed: 'clear.{}' },
  { $sealed: 'clear.' },
  { $sealed: '' },
])('gives a value back that only looks as if it were sealed: %j', (value) => {
  for (const seal of [noSeal, createSeal([old])]) {
    const stored = JSON.parse(JSON.stringify(seal.close(value, here)));
    expect(seal.open(stored, here)).toEqual(value);
    expect(createSeal([old, fresh]).open(stored, here)).toEqual(value);
  }
});
