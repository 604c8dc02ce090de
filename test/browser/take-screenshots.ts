/**
 * `npm run screenshots`: the main views of the dashboard, light and dark, into docs/images, as a running plan over a
 * simulated estate shows them.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKeyferryClient } from '@keyferry/client';
import { chromium } from 'playwright-core';
import { adminToken, runQuickKeyferry } from '../harness/quick-keyferry.ts';
import { until } from '../harness/until.ts';
import { findChromium, startPostgres } from '../servers/index.ts';

const folder = fileURLToPath(new URL('../../docs/images', import.meta.url));
const regions = [
  'eu-west-1',
  'eu-west-2',
  'eu-central-1',
  'eu-north-1',
  'us-west-2',
  'ca-central-1',
  'ap-southeast-1',
  'ap-northeast-1',
];
const teams = ['payments', 'ledger', 'cards', 'identity', 'reporting', 'archive'];

mkdirSync(folder, { recursive: true });
const postgres = await startPostgres();
const keyferry = await runQuickKeyferry({ postgresUrl: postgres.url, redisUrl: null });
const browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox'] });
try {
  const { client, simulator } = keyferry;
  const keys = [];
  for (const [i, team] of teams.entries()) {
    const account = `11112222333${i % 2}`;
    keys.push(...(await simulator.makeKeys({ count: 36, account, aliasPrefix: `alias/prod-${team}` })));
    keys.push(
      ...(await simulator.makeKeys({ count: 1, account, aliasPrefix: `alias/old-${team}`, state: 'Disabled' })),
    );
  }
  await simulator.addFaults(
    { operation: 'replicate-key', region: 'ca-central-1', probability: 0.2, effect: { status: 503 } },
    {
      operation: 'replicate-key',
      region: 'eu-north-1',
      probability: 0.1,
      effect: { awsError: { name: 'AccessDeniedException', message: 'not authorized to perform kms:CreateKey' } },
    },
  );
  const small = keys.slice(0, 12).map((key) => key.id);
  await keyferry.run({ name: 'dr-2026-q3-rest', keys: small, regions: ['us-east-2'] });
  const awaiting = { require_approval: true, change_ticket: 'CHG-4711' };
  await client.request('POST /v1/plans', {
    body: { name: 'cards-to-tokyo', keys: small, regions: ['ap-northeast-1'], options: awaiting },
  });
  const options = { change_ticket: 'CHG-4702', max_in_flight: 200 };
  const plan = await client.request('POST /v1/plans', {
    body: { name: 'dr-2026-q4', keys: keys.map((key) => key.id), regions, options },
  });
  await until(
    'the plan is well under way',
    () => client.request('GET /v1/plans/{id}', { id: plan.id }),
    ({ counts }) => counts.succeeded > 0.3 * counts.total && counts.total > 0,
    { withinMs: 120_000 },
  );

  const policy = {
    name: 'tier-1',
    description: 'What customers would notice the loss of',
    keys: keys.filter((_, i) => i % 3 === 0).map((key) => key.id),
    regions: ['eu-west-1', 'eu-central-1', 'us-east-2'],
  };
  const checked = async (): Promise<void> => {
    const { id } = await client.request('POST /v1/coverage/policies/{name}/checks', { name: 'tier-1' });
    await until(
      'the coverage is checked',
      () => client.request('GET /v1/coverage/checks/{id}', { id }),
      ({ state }) => state === 'done',
    );
  };
  await client.request('PUT /v1/coverage/policies/{name}', { name: 'tier-1', body: { ...policy, name: 'tier-1' } });
  await checked();
  const otto = await client.request('POST /v1/tokens', { body: { name: 'otto', role: 'operator' } });
  const drill = await createKeyferryClient({ url: keyferry.url, token: otto.token }).request('POST /v1/drills', {
    body: {
      name: 'eu-west-evacuation',
      scenario: 'us-east-1 is to be given up for a day: the primaries move to eu-west-1 and back',
      change_ticket: 'CHG-4713',
      keys: small,
      regions: ['eu-west-1', 'eu-west-2'],
      targets: { rto: '30m', rpo: 0 },
      steps: [
        { step: 'preflight', on_failure: 'continue' },
        { step: 'replicate' },
        { step: 'verify', every: '1s' },
        { step: 'approve', message: 'Move the primaries to eu-west-1?' },
        { step: 'promote', to: 'eu-west-1', on_failure: 'rollback' },
        { step: 'failback' },
      ],
    },
  });
  for (const name of ['anna', 'bert']) {
    const { token } = await client.request('POST /v1/tokens', { body: { name, role: 'approver' } });
    const { spec_sha256 } = await until(
      'the drill waits for approval',
      () => client.request('GET /v1/drills/{id}', { id: drill.id }),
      ({ state }) => state === 'awaiting_approval',
    );
    await createKeyferryClient({ url: keyferry.url, token }).request('POST /v1/drills/{id}/approve', {
      id: drill.id,
      body: { spec_sha256 },
    });
  }
  await until(
    'the drill waits for its go or no-go',
    () => client.request('GET /v1/drills/{id}', { id: drill.id }),
    ({ steps }) => steps.some(({ state }) => state === 'awaiting_approval'),
    { withinMs: 240_000 },
  );
  await checked();
  await checked();

  const views = {
    overview: '/',
    matrix: `/plans/${plan.id}`,
    keys: '/keys',
    lanes: '/lanes',
    'new-plan': '/plans/new',
    coverage: '/coverage/tier-1/matrix',
    drill: `/drills/${drill.id}`,
  };
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ viewport: { width: 1360, height: 850 }, colorScheme });
    const page = await context.newPage();
    await page.goto(keyferry.url);
    await page.getByLabel('API token').fill(adminToken);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    for (const [name, path] of Object.entries(views)) {
      await page.goto(`${keyferry.url}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('[aria-busy="true"], [aria-label^="Loading"]').first().waitFor({ state: 'detached' });
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
    }
  }
} finally {
  await browser.close();
  await keyferry.stop();
  await postgres.stop();
}
