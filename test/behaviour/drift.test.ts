// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's policy variables are written so
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

let keyferry: Keyferry;
beforeAll(async () => {
  keyferry = await startKeyferry({
    KEYFERRY_IGNORE_TAGS: 'map-*',
    KEYFERRY_PREVIEW_MAX_AGE_MS: '0',
    KEYFERRY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  });
  // An organisation that tags every key, and an AWS that writes policies its own way.
  await keyferry.simulator.control('PATCH', '/settings', {
    organisationTags: [
      { TagKey: 'c7n-state', TagValue: 'marked' },
      { TagKey: 'owner', TagValue: 'platform' },
    ],
    rewritesPolicies: true,
    policyOrder: 'reversed',
  });
});
afterAll(() => keyferry?.stop());

const region = 'eu-west-1';

function policyOf(account: string, more: object[] = []) {
  return {
    Version: '2012-10-17',
    Id: 'mine',
    Statement: [
      { Sid: 'root', Effect: 'Allow', Principal: { AWS: [account] }, Action: ['kms:*'], Resource: '*' },
      {
        Sid: 'use {region}',
        Effect: 'Allow',
        Principal: { AWS: [`arn:aws:iam::${account}:role/App`, '444455556666'] },
        Action: ['kms:Decrypt', 'kms:Encrypt'],
        Resource: '*',
        Condition: {
          StringEquals: { 'kms:ViaService': ['s3.us-east-1.amazonaws.com', 'ebs.us-east-1.amazonaws.com'] },
        },
      },
      ...more,
    ],
  };
}

/** A primary that has all that a replica could have, and what others have put on it. */
async function richKey(account = newAccount(), more: Record<string, unknown> = {}) {
  const [key] = await keyferry.simulator.makeKeys({
    account,
    alias: 'alias/prod/pay',
    moreAliases: ['alias/prod/pay-rotated-2026-11-01T00:00:00Z', 'alias/prod/pay-second'],
    description: 'Pays {alias}, {"as":"is"}',
    tags: { tier: '1', 'c7n-state': 'primary', 'map-migrated': 'x' },
    policy: policyOf(account),
    ...more,
  });
  if (!key) throw new Error('no key was made');
  return { ...key, account };
}

async function checked(policy: object) {
  const { id } = await keyferry.client.request('POST /v1/coverage/checks', { body: policy });
  const check = await until(
    'the check is made',
    () => keyferry.client.request('GET /v1/coverage/checks/{id}', { id }),
    ({ state }) => state === 'done',
  );
  const { items } = await keyferry.client.request('GET /v1/coverage/checks/{id}/cells', { id });
  return { check, cell: items[0] };
}

interface SimulatedMember {
  readonly region: string;
  readonly aliases: string[];
  readonly description: string;
  readonly tags: { TagKey: string; TagValue: string }[];
  readonly policy: { Statement: unknown[] };
}

/** As AWS has it. */
async function replicaOf({ mrk }: { mrk: string }) {
  const members = await keyferry.simulator.control<SimulatedMember[]>('GET', `/keys?mrk=${mrk}`);
  const replica = members.find((member) => member.region === region);
  if (!replica) throw new Error(`no replica of ${mrk}`);
  return replica;
}

/** Changes a key outside Keyferry. */
async function change(id: string, action: string, body: object) {
  const login = await fetch(`${keyferry.simulator.url}/api/v1/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'keyferry-simulator' }),
  });
  const { jwt } = (await login.json()) as { jwt: string };
  const answer = await fetch(`${keyferry.simulator.url}/api/v1/cckm/aws/keys/${id}/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${jwt}` },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBeLessThan(300);
}

describe('a gap that is closed', () => {
  it('leaves a replica as the policy wants it, with the settings of its primary', async () => {
    const key = await richKey();
    const policy = {
      name: 'as-primary',
      keys: [key.mrk],
      regions: [region],
      same_as_primary: ['policy', 'tags', 'alias', 'description', 'enabled'] as const,
      ignore_tags: ['c7n-*'],
    };
    const before = await checked({ ...policy, same_as_primary: [...policy.same_as_primary] });
    expect(before.cell).toMatchObject({ code: 'no_replica' });
    const plan = await keyferry.settled(
      (await keyferry.client.request('POST /v1/coverage/checks/{id}/plan', { id: before.check.id })).id,
    );
    expect(plan).toMatchObject({
      state: 'succeeded',
      spec: { replica: { same_as_primary: ['policy', 'tags', 'alias', 'description'] } },
    });
    expect(await replicaOf(key)).toMatchObject({
      aliases: ['alias/prod/pay', 'alias/prod/pay-second'],
      description: 'Pays {alias}, {"as":"is"}',
      tags: [
        { TagKey: 'tier', TagValue: '1' },
        { TagKey: 'c7n-state', TagValue: 'marked' },
        { TagKey: 'owner', TagValue: 'platform' },
      ],
    });
    const after = await checked({ ...policy, same_as_primary: [...policy.same_as_primary] });
    expect(after.cell).toMatchObject({ state: 'covered', diff: [] });
    const exact = await checked({ ...policy, same_as_primary: ['tags'], exact_tags: true });
    expect(exact.cell?.diff).toEqual([
      { field: 'tags', wanted: [], present: [{ TagKey: 'owner', TagValue: 'platform' }] },
    ]);
  });

  it('leaves a replica as the policy wants it, by placeholders and by lists', async () => {
    const account = newAccount();
    const [one, other] = [
      await richKey(account),
      await richKey(account, { alias: 'alias/prod/other', moreAliases: [] }),
    ];
    const template = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: '{account}' }, Action: 'kms:*', Resource: '*' },
        {
          Effect: 'Allow',
          Principal: { AWS: ['arn:aws:iam::{account}:role/b', 'arn:aws:iam::{account}:role/a'] },
          Action: ['kms:Encrypt', 'kms:Decrypt'],
          Resource: '*',
          Condition: { StringEquals: { 'kms:ViaService': 's3.{region}.amazonaws.com', 'aws:userid': '${aws:userid}' } },
        },
      ],
    };
    const Tags = [{ TagKey: 'replica-of', TagValue: '{account}/{primary_region}/{alias}' }];
    const wants = [
      { keys: [one.mrk], replica: { aws_param: { Alias: '{alias}-{region}', Tags, Policy: template } } },
      { keys: [other.mrk], replica: { external_accounts: ['444455556666'], key_users_roles: ['b', 'a'] } },
    ];
    for (const [i, want] of wants.entries()) {
      const policy = { name: `templates-${i}`, regions: [region], ...want };
      const before = await checked(policy);
      await keyferry.settled(
        (await keyferry.client.request('POST /v1/coverage/checks/{id}/plan', { id: before.check.id })).id,
      );
      expect((await checked(policy)).cell).toMatchObject({ state: 'covered', diff: [] });
    }
    const { policy, tags } = await replicaOf(one);
    expect(JSON.stringify(policy)).toContain('s3.eu-west-1.amazonaws.com');
    expect(JSON.stringify(policy)).toContain('${aws:userid}');
    expect(tags).toContainEqual({ TagKey: 'replica-of', TagValue: `${account}/us-east-1/prod/pay` });
  });
});

describe('a plan', () => {
  it('sends what was read of the primary when it was resolved, whatever becomes of that', async () => {
    const key = await richKey();
    const preview = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'frozen',
        mode: 'preview',
        keys: [key.id],
        regions: [region],
        replica: { same_as_primary: ['policy', 'tags', 'description'] },
      },
    });
    await until(
      'it is previewed',
      () => keyferry.client.request('GET /v1/plans/{id}', { id: preview.id }),
      ({ state }) => state === 'previewed',
    );
    const [row] = await keyferry.replicas(preview.id);
    const seen = await keyferry.client.request('GET /v1/plans/{id}/replicas/{replica_id}', {
      id: preview.id,
      replica_id: row?.id ?? '',
    });
    expect(seen.from_primary).toMatchObject({
      tags: [
        { TagKey: 'tier', TagValue: '1' },
        { TagKey: 'c7n-state', TagValue: 'primary' },
      ],
      description: 'Pays {alias}, {"as":"is"}',
    });
    expect(JSON.stringify(seen.from_primary?.policy)).toContain('use {region}');
    expect((await keyferry.client.request('GET /v1/plans/{id}/preview', { id: preview.id })).same_as_primary).toEqual([
      'policy',
      'tags',
      'description',
    ]);
    const open = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };
    await change(key.id, 'policy', { Policy: policyOf(key.account, [open]) });
    await change(key.id, 'update-description', { description: 'changed' });
    await change(key.id, 'add-tags', { tags: [{ tag_key: 'tier', tag_value: '9' }] });
    // Its preview is older than KEYFERRY_PREVIEW_MAX_AGE_MS: it is checked again first.
    await keyferry.client.request('POST /v1/plans/{id}/execute', { id: preview.id });
    expect(await keyferry.settled(preview.id)).toMatchObject({ state: 'succeeded' });
    const made = await replicaOf(key);
    expect(made).toMatchObject({ description: 'Pays {alias}, {"as":"is"}' });
    expect(made.tags).toContainEqual({ TagKey: 'tier', TagValue: '1' });
    expect(made.policy.Statement).toHaveLength(2);
  });

  it('warns of a replica that differs in meaning, and of no other', async () => {
    const key = await richKey();
    const same = { same_as_primary: ['policy' as const, 'description' as const, 'alias' as const] };
    await keyferry.run({ name: 'make', keys: [key.id], regions: [region], replica: same });
    const again = async (replica: object, options = {}) => {
      const plan = await keyferry.run({ name: 'again', keys: [key.id], regions: [region], replica, options });
      const [row] = await keyferry.replicas(plan.id);
      return row;
    };
    expect(await again(same)).toMatchObject({ state: 'already_present', diff: [], warnings: [] });
    const turned = policyOf(key.account);
    turned.Statement.reverse();
    expect(await again({ aws_param: { Policy: turned, Tags: [] } })).toMatchObject({ diff: [] });
    expect(await again({ aws_param: { Tags: [] } }, { exact_tags: true, ignore_tags: ['c7n-*'] })).toMatchObject({
      diff: [{ field: 'tags', wanted: [], present: [{ TagKey: 'owner', TagValue: 'platform' }] }],
    });
    const less = { ...turned, Statement: turned.Statement.slice(1) };
    expect(await again({ aws_param: { Policy: less } })).toMatchObject({
      warnings: [{ code: 'replica_differs' }],
      diff: [{ field: 'policy', wanted: [], present: [expect.anything()] }],
    });
  });

  it('says which of the primary settings CCKM would not take, before anything is called', async () => {
    const key = await richKey(newAccount(), { tags: { owner: 'two words' } });
    const replica = { same_as_primary: ['tags' as const] };
    const plan = await keyferry.run({ name: 'tags', keys: [key.id], regions: [region], replica });
    const [row] = await keyferry.replicas(plan.id);
    expect(row).toMatchObject({ state: 'blocked', error: { code: 'tags_out_of_bounds' } });
    expect(row?.error?.message).toContain('two words');
    const ignoring = { name: 'tags', keys: [key.id], regions: [region], replica, options: { ignore_tags: ['own*'] } };
    expect(await keyferry.run(ignoring)).toMatchObject({ state: 'succeeded' });
  });
});
