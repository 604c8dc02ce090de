// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables are written so
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandDocument, expandTemplate } from './template.ts';

const values = { alias: 'prod/pay', region: 'eu-west-1', account: '111122223333', primary_region: 'us-east-1' };

describe('a text', () => {
  it('has its placeholders filled in, each as often as it stands there', () => {
    expect(expandTemplate('{alias} {region} {account} {primary_region} {region}', values)).toBe(
      'prod/pay eu-west-1 111122223333 us-east-1 eu-west-1',
    );
  });

  it('is none where it names an alias that there is not', () => {
    expect(expandTemplate('of {alias}', { ...values, alias: null })).toBeNull();
    expect(expandTemplate('in {region}', { ...values, alias: null })).toBe('in eu-west-1');
  });
});

describe('a document', () => {
  it('is filled in wherever a text stands in it, the names of fields too', () => {
    const policy = {
      Statement: [
        {
          Principal: { AWS: ['arn:aws:iam::{account}:role/{alias}', 'arn:aws:iam::{account}:role/b'] },
          Resource: '*',
          Condition: {
            StringEquals: { 'kms:ViaService': 's3.{region}.amazonaws.com', 'aws:PrincipalTag/{region}': 1 },
          },
        },
      ],
    };
    expect(expandDocument(policy, values)).toEqual({
      Statement: [
        {
          Principal: { AWS: ['arn:aws:iam::111122223333:role/prod/pay', 'arn:aws:iam::111122223333:role/b'] },
          Resource: '*',
          Condition: {
            StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com', 'aws:PrincipalTag/eu-west-1': 1 },
          },
        },
      ],
    });
  });

  it.each(['${aws:username}', '${region}', '${alias}', '{other}', '{"region":1}', '{ region }', '{}', '{{other}}'])(
    'keeps %s as it is',
    (text) => {
      const policy = { Statement: { Resource: text } };
      expect(expandDocument(policy, { ...values, alias: null })).toBe(policy);
      expect(expandDocument({ ...policy, Sid: '{region}' }, values)).toEqual({ ...policy, Sid: 'eu-west-1' });
    },
  );

  it('is none where it names an alias that there is not', () => {
    expect(expandDocument({ a: [{ b: 'of {alias}' }] }, { ...values, alias: null })).toBeNull();
  });

  it('without a placeholder stays the very same, whatever is in it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const document = { value };
        const named = /\{(?:alias|region|account|primary_region)\}/.test(JSON.stringify(document));
        if (!named) expect(expandDocument(document, values)).toBe(document);
      }),
    );
  });
});
