import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminToken, type Keyferry, newAccount, startKeyferry } from '../harness/keyferry.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { until } from '../harness/until.ts';

/** Secrets that are told from everything else, wherever they turn up. */
const mark = randomUUID().replaceAll('-', '');
const secrets = {
  'a key policy': `canary-policy-${mark}`,
  'the policy of a primary': `canary-primary-policy-${mark}`,
  'a policy in an error of CCKM': `canary-told-policy-${mark}`,
  'a token in an error of CCKM': `canary-told-token-${mark}`,
  'a password in an error of CCKM': `canary-told-password-${mark}`,
  'the admin token': adminToken,
  'the password to CCKM': 'keyferry-simulator',
  'a token that was tried': `canary-tried-${mark}`,
  'the address of a webhook': `canary-address-${mark}`,
};
const encryptionKey = randomBytes(32).toString('base64');

let receiver: OtlpReceiver;
let keyferry: Keyferry;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
  keyferry = await startKeyferry({
    KEYFERRY_ENCRYPTION_KEY: encryptionKey,
    KEYFERRY_LOG_LEVEL: 'trace',
    KEYFERRY_WEBHOOK_HOSTS: 'hooks.invalid',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  });
});
afterAll(async () => {
  await keyferry?.stop();
  receiver?.stop();
});

const policy = {
  Version: '2012-10-17',
  Statement: [{ Sid: secrets['a key policy'], Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
};

const ofPrimary = {
  Version: '2012-10-17',
  Statement: { ...policy.Statement[0], Sid: secrets['the policy of a primary'] },
};

/** Every row of every table of the database, Keyferry's and BullMQ's, as text by table. */
async function readTables(): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString: keyferry.databaseUrl });
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'bullmq')`,
  );
  const found = new Map<string, string>();
  for (const { name } of tables) {
    const { rows } = await client.query<{ text: string | null }>(
      `SELECT string_agg(to_jsonb(t)::text, E'\n') AS text FROM ${name} t`,
    );
    found.set(name, rows[0]?.text ?? '');
  }
  await client.end();
  return found;
}

/** Every key of the queue's Redis with what it holds, as text. */
async function readRedis(url: string | null): Promise<string> {
  if (url === null) return '';
  const redis = new Redis(url);
  const texts: string[] = [];
  for (const key of await redis.keys('*')) {
    const dump = await redis.dumpBuffer(key);
    texts.push(key, dump?.toString('latin1') ?? '');
  }
  redis.disconnect();
  return texts.join('\n');
}

it('secrets stand in no log, trace, table, queue or answer, and policies in no place but the answers about their plan', async () => {
  const { client, simulator } = keyferry;
  const account = newAccount();
  const [good, told, there] = await simulator.makeKeys({ account, count: 3 });
  await simulator.control('POST', '/replicas', { key: there?.id, region: 'eu-west-1', listed: true });
  const message =
    `refused: password=${secrets['a password in an error of CCKM']} Bearer ${secrets['a token in an error of CCKM']} ` +
    `{"Version":"2012-10-17","Statement":[{"Sid":"${secrets['a policy in an error of CCKM']}"}]}`;
  const awsError = { name: 'AccessDeniedException', message };
  await simulator.addFaults({ operation: 'replicate-key', key: told?.id, effect: { awsError } });

  const replica = { aws_param: { Policy: policy } };
  const keys = [good, told, there].map((key) => key?.id ?? '');
  const plan = await keyferry.run({ name: 'canaries', keys, regions: ['eu-west-1'], replica });
  expect(plan.counts).toMatchObject({ succeeded: 1, failed: 1, already_present: 1 });
  const [rich] = await simulator.makeKeys({ account, policy: ofPrimary });
  const copying = { name: 'copies', keys: [rich?.id ?? ''], regions: ['eu-west-1'] };
  const copy = await keyferry.run({ ...copying, replica: { same_as_primary: ['policy'] } });
  const [copied] = await keyferry.replicas(copy.id);
  expect(JSON.stringify(await simulator.control('GET', `/keys/${copied?.replica_key_id}`))).toContain(
    secrets['the policy of a primary'],
  );
  const times = { cron: '0 2 * * sun', time_zone: 'UTC', enabled: false };
  await client.request('POST /v1/schedules', {
    body: {
      name: 'canaries',
      ...times,
      plan: { name: 'x', keys, regions: ['eu-west-1'], replica },
    },
  });
  const { token } = await client.request('POST /v1/tokens', { body: { name: 'canary', role: 'viewer' } });
  const url = `https://hooks.invalid/${secrets['the address of a webhook']}`;
  const webhook = await client.request('POST /v1/webhooks', { body: { name: 'canaries', url } });
  const { secret: rotated } = await client.request('POST /v1/webhooks/{id}/rotate-secret', { id: webhook.id });
  await client.request('POST /v1/webhooks/{id}/test', { id: webhook.id });
  await until(
    'it was tried',
    () => client.request('GET /v1/webhooks/{id}/deliveries', { id: webhook.id }),
    ({ items }) => items[0]?.attempt_log[0]?.error === 'Unreachable (ENOTFOUND).',
  );
  const asked = async (path: string, bearer = adminToken) => {
    const response = await fetch(`${keyferry.url}${path}`, { headers: { authorization: `Bearer ${bearer}` } });
    return `${response.status} ${await response.text()}`;
  };
  expect(await asked('/v1/plans', secrets['a token that was tried'])).toMatch(/^401/);
  expect(await asked(`/v1/plans?token=${secrets['a token that was tried']}`)).toMatch(/^422/);

  // What a plan says is its owners' own: the policy comes back as it was submitted, and reached CCKM.
  const aboutPlan = [`/v1/plans/${plan.id}`, '/v1/plans?include=spec', `/v1/plans/${plan.id}/report`, '/v1/schedules'];
  for (const path of aboutPlan) expect(await asked(path)).toContain(secrets['a key policy']);
  expect(await asked('/v1/plans')).not.toContain(secrets['a key policy']);
  const replicas = await keyferry.replicas(plan.id);
  expect(replicas.find(({ state }) => state === 'already_present')?.diff).toMatchObject([{ field: 'policy' }]);
  const made = replicas.find(({ state }) => state === 'succeeded')?.replica_key_id;
  expect(JSON.stringify(await simulator.control('GET', `/keys/${made}`))).toContain(secrets['a key policy']);

  const details = [...replicas, ...(copied ? [copied] : [])].map(
    ({ id, plan_id }) => `/v1/plans/${plan_id}/replicas/${id}`,
  );
  const others = [
    ...details,
    '/v1/lanes',
    '/v1/tokens',
    `/v1/webhooks/${webhook.id}/deliveries`,
    '/v1/audit',
    '/v1/me',
    '/v1/region-groups',
    '/metrics',
    '/readyz',
    '/v1/nothing',
  ];
  const answers = await Promise.all(
    [...aboutPlan, ...others, `/v1/plans/${plan.id}/preview`].map((path) => asked(path)),
  );
  const logs = await until(
    'the logs tell of the plan',
    () => [keyferry.api, ...keyferry.workers].map((service) => service.output()).join('\n'),
    (text) => text.includes(plan.id),
  );
  const tables = await readTables();
  const redis = await readRedis(keyferry.redisUrl);
  // Stopping sends the traces that have not been sent.
  await keyferry.stop();
  const refused = ({ attributes }: { attributes: object }) =>
    'error.type' in attributes && attributes['error.type'] === 'access_denied';
  expect(receiver.spans.filter(refused).length).toBeGreaterThan(0);
  const places = new Map([
    ['the logs', logs],
    ['the traces', receiver.text()],
    ['Redis', redis],
    ['the answers', answers.join('\n')],
    ...tables,
  ]);
  const signing = { 'the secret of a webhook': rotated.slice(6), 'the one before': webhook.secret.slice(6) };
  const all = { ...secrets, ...signing, 'an API token': token, 'the encryption key': encryptionKey };
  const known = ['a key policy in the answers', 'the policy of a primary in the answers'];
  const found = [...places].flatMap(([place, text]) =>
    Object.entries(all)
      .filter(([, secret]) => text.includes(secret))
      .map(([what]) => `${what} in ${place}`),
  );
  expect(found.sort()).toEqual(known);
  expect([...places].filter(([place]) => place.startsWith('public.')).length).toBeGreaterThan(20);
});
