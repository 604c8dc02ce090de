import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSeal, noSeal, SealError, sealKeyId } from './seal.ts';

const [old, fresh] = [randomBytes(32), randomBytes(32)];
const policy = { Statement: [{ Principal: { AWS: 'arn:aws:iam::111122223333:root' } }] };

it('closes a value so that it tells nothing, twice never alike, and opens it again', () => {
  const seal = createSeal([old]);
  const [one, two] = [seal.close(policy), seal.close(policy)];
  expect(JSON.stringify(one)).not.toContain('Statement');
  expect(one).not.toEqual(two);
  expect([seal.open(one), seal.open(two)]).toEqual([policy, policy]);
  expect(seal.open(policy)).toEqual(policy);
});

it('seals with the first key and opens with any; without the key, or after a change, it refuses', () => {
  const before = createSeal([old]).close(policy) as { $sealed: string };
  const rotated = createSeal([fresh, old]);
  expect(rotated.open(before)).toEqual(policy);
  expect(JSON.stringify(rotated.close(policy))).toContain(sealKeyId(fresh));
  expect(() => createSeal([fresh]).open(before)).toThrow(sealKeyId(old));
  expect(() => noSeal.open(before)).toThrow(SealError);
  const [id, body = ''] = before.$sealed.split('.');
  for (let i = 0; i < body.length; i += 7) {
    const other = body[i] === 'A' ? 'B' : 'A';
    const changed = { $sealed: `${id}.${body.slice(0, i)}${other}${body.slice(i + 1)}` };
    expect(() => createSeal([old]).open(changed)).toThrow('has been changed');
  }
  const renamed = { $sealed: `${sealKeyId(fresh)}.${body}` };
  expect(() => rotated.open(renamed)).toThrow('has been changed');
});

it('leaves values as they are without a key', () => {
  expect(noSeal.close(policy)).toBe(policy);
});
