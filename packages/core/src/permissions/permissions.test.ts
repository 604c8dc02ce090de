import { describe, expect, it } from 'vitest';
import { errorCatalogue } from '../errors/catalogue.ts';
import { cckmAcls, missingAcls } from './cckm-acls.ts';
import { explainDenial } from './explain-denial.ts';
import { iamActions } from './iam-actions.ts';
import { judgePermissions } from './judge-permissions.ts';
import { iamPolicy, keyPolicyStatements, scpDenyingRegions } from './statements.ts';

const place = {
  account: '111122223333',
  regions: ['eu-west-1', 'us-west-2'],
  primaryRegions: ['us-east-1'],
  principal: 'arn:aws:iam::111122223333:role/cckm',
  assumeRole: null,
};
const nowhere = { account: null, regions: [], primaryRegions: [], principal: null, assumeRole: null };
const allActions = (statements: readonly Readonly<Record<string, unknown>>[]) =>
  statements.flatMap(({ Action }) => Action as string[]);

describe('the statements to copy', () => {
  it('allow every action that Keyferry needs, once, with a role only where one is assumed', () => {
    const withRole = iamPolicy({ ...place, assumeRole: 'arn:aws:iam::111122223333:role/keys' });
    expect(allActions(withRole.Statement).toSorted()).toEqual(iamActions.map(({ action }) => action).toSorted());
    expect(allActions(iamPolicy(place).Statement)).not.toContain('sts:AssumeRole');
    for (const action of ['kms:ReplicateKey', 'kms:UpdatePrimaryRegion', 'kms:ListKeyRotations']) {
      expect(allActions(iamPolicy(nowhere).Statement)).toContain(action);
    }
  });

  it('bind ReplicateKey to the Regions by kms:ReplicaRegion, and CreateKey, which takes no key, by aws:RequestedRegion', () => {
    const of = (action: string) =>
      iamPolicy(place).Statement.find(({ Action }) => (Action as string[]).includes(action));
    expect(of('kms:ReplicateKey')).toMatchObject({
      Resource: 'arn:aws:kms:*:111122223333:key/mrk-*',
      Condition: { StringEquals: { 'kms:ReplicaRegion': place.regions } },
    });
    expect(of('kms:CreateKey')).toMatchObject({
      Resource: '*',
      Condition: { StringEquals: { 'aws:RequestedRegion': place.regions } },
    });
    expect(iamPolicy(nowhere).Statement.every(({ Condition }) => Condition === undefined)).toBe(true);
  });

  it('allow in the key policy to replicate, promote and read, to the identity of the connection', () => {
    const statements = keyPolicyStatements(place);
    expect(allActions(statements)).toEqual(
      expect.arrayContaining(['kms:ReplicateKey', 'kms:UpdatePrimaryRegion', 'kms:DescribeKey']),
    );
    expect(statements.every(({ Principal }) => (Principal as { AWS: string }).AWS === place.principal)).toBe(true);
    expect(JSON.stringify(keyPolicyStatements({ ...nowhere, regions: ['cn-north-1'] }))).toContain(
      'arn:aws-cn:iam::<ACCOUNT>',
    );
  });

  it('leave what a replica needs out of an SCP that denies Regions', () => {
    const [deny] = scpDenyingRegions(place).Statement;
    expect(deny?.NotAction).toEqual(
      expect.arrayContaining(['kms:CreateKey', 'kms:TagResource', 'kms:ImportKeyMaterial', 'ec2:DescribeRegions']),
    );
    expect(deny?.Condition).toEqual({
      StringNotEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1', 'us-west-2'] },
    });
  });
});

describe('the ACLs of a container', () => {
  const acl = (group: string | null, userId: string | null, actions: string[]) => ({ group, userId, actions });
  const all = cckmAcls.map((one) => one.acl);

  it('are those of the user and of its groups together', () => {
    const user = { id: 'u1', groups: ['dr'] };
    expect(missingAcls([acl('dr', null, all.slice(0, 3)), acl(null, 'u1', all.slice(3))], user)).toEqual([]);
    expect(missingAcls([acl('dr', null, ['viewnative', 'viewbyok'])], user)).toEqual(all.slice(2));
  });

  it('say nothing of an administrator, nor of a user that they do not name', () => {
    expect(missingAcls([acl('dr', null, [])], { id: 'u1', groups: ['admin', 'dr'] })).toBeNull();
    expect(missingAcls([acl('others', null, all)], { id: 'u1', groups: ['dr'] })).toBeNull();
  });
});

describe('a denial', () => {
  const user = 'User: arn:aws:iam::111122223333:role/cckm is not authorized to perform: ';
  it.each([
    [
      `${user}kms:ReplicateKey on resource: arn:x because no identity-based policy allows the kms:ReplicateKey action`,
      'kms:ReplicateKey',
      'iam',
      "primary's Region in the IAM policy",
    ],
    [
      `${user}kms:CreateKey on resource: * with an explicit deny in a service control policy`,
      'kms:CreateKey',
      'scp',
      'Exempt kms:CreateKey',
    ],
    [
      `${user}kms:UpdatePrimaryRegion on resource: arn:x because no resource-based policy allows it`,
      'kms:UpdatePrimaryRegion',
      'key_policy',
      'in both Regions in the key policy',
    ],
    [`${user}sts:AssumeRole on resource: arn:x`, 'sts:AssumeRole', 'unknown', 'Allow sts:AssumeRole'],
    ['AccessDeniedException: no', null, 'unknown', 'what keyferry permissions lists'],
  ])('%s', (message, action, cause, advice) => {
    expect(explainDenial(message)).toMatchObject({ action, cause, advice: expect.stringContaining(advice) });
  });
});

it('the catalogue names the actions and ACLs of these lists, and the command that prints them', () => {
  const { access_denied: denied, cckm_forbidden: forbidden } = errorCatalogue;
  for (const action of ['kms:ReplicateKey', 'kms:CreateKey', 'kms:TagResource', 'kms:UpdatePrimaryRegion']) {
    expect(denied.operatorAdvice).toContain(action);
  }
  for (const { acl } of cckmAcls) expect(forbidden.operatorAdvice).toContain(acl);
  for (const { operatorAdvice } of [denied, forbidden]) expect(operatorAdvice).toContain('keyferry permissions');
});

describe('an account and a Region', () => {
  const facts = {
    account: '111122223333',
    region: 'eu-west-1',
    containers: ['prod'],
    missingAcls: null,
    listed: true,
    succeeded: 0,
    denied: 0,
    lastDenial: null,
  };

  it('are ok where calls succeeded, and not checkable where none was made: nothing is guessed', () => {
    expect(judgePermissions({ ...facts, succeeded: 4 })).toMatchObject({ verdict: 'ok', allow: [] });
    expect(judgePermissions(facts)).toMatchObject({
      verdict: 'not_checkable',
      found: 'CCKM lists its keys; no call in 30 days, so AWS permissions are not checkable',
    });
  });

  it('are denied where a call was, an ACL is missing, keys are not listed or no container has the Region', () => {
    const lastDenial = 'User: arn:x is not authorized to perform: kms:ReplicateKey on resource: arn:y';
    expect(judgePermissions({ ...facts, succeeded: 4, denied: 2, lastDenial })).toMatchObject({
      verdict: 'denied',
      allow: [expect.stringContaining('kms:ReplicateKey')],
    });
    for (const given of [{ missingAcls: ['keycreate'] }, { listed: false }, { containers: [] }]) {
      expect(judgePermissions({ ...facts, succeeded: 4, ...given })).toMatchObject({ verdict: 'denied' });
    }
  });
});
