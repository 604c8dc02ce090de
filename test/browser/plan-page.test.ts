import { createKeyferryClient } from '@keyferry/client';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { adminToken, newAccount } from '../harness/keyferry.ts';
import { expectAccessible, expectLegible } from './open-browser.ts';
import { setStage } from './stage.ts';

const stage = setStage();

const keysOf = async (count: number, more: Record<string, unknown> = {}): Promise<string[]> =>
  (await stage.keyferry.simulator.makeKeys({ count, account: newAccount(), ...more })).map((key) => key.id);

/** A plan that takes some seconds. */
async function longPlan(name: string): Promise<string> {
  const regions = ['eu-west-1', 'eu-west-2', 'eu-west-3', 'us-west-2'];
  return (await stage.keyferry.client.request('POST /v1/plans', { body: { name, keys: await keysOf(60), regions } }))
    .id;
}

/** Waits until the page tells a state of the plan. */
const stateOf = (page: Page, label: string) =>
  page.getByRole('main').getByText(label, { exact: true }).first().waitFor();

describe('a running plan', () => {
  it('moves on the page by itself, to its end', async () => {
    const id = await longPlan('watched');
    const page = await stage.pageOf(adminToken, `/plans/${id}`);
    await stateOf(page, 'Running');
    await page.getByText(/^[1-9][0-9]* of 240 replicas finished$/).waitFor();
    await stateOf(page, 'Succeeded');
    await page.getByText('240 of 240 replicas finished').waitFor();
  });

  it('is paused and resumed from the page, which says what that does first', async () => {
    const id = await longPlan('paused');
    const page = await stage.pageOf(adminToken, `/plans/${id}/replicas`);
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByRole('button', { name: 'Pause the plan' }).click();
    await stateOf(page, 'Paused');
    expect((await stage.keyferry.client.request('GET /v1/plans/{id}', { id })).state).toBe('paused');
    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await page.getByRole('button', { name: 'Resume the plan' }).click();
    await stateOf(page, 'Running');
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel the plan' }).click();
    await stateOf(page, 'Cancelled');
    await stage.keyferry.settled(id);
  });

  it('is shown as not live while the API is away, and is live again when it is back', async () => {
    const id = await longPlan('out-of-sight');
    const page = await stage.pageOf(adminToken, `/plans/${id}/replicas`);
    await page.getByRole('row').nth(5).waitFor();
    await stage.keyferry.api.kill();
    await page.getByText('No connection to Keyferry').waitFor();
    await stage.keyferry.startApi();
    await page.getByText('No connection to Keyferry').waitFor({ state: 'detached' });
    await stateOf(page, 'Succeeded');
  });
});

describe('a part of a page whose code cannot be loaded', () => {
  it('says so, lets the rest stand, and is there once the page is loaded again', async () => {
    const { id } = await stage.keyferry.run({ name: 'parts', keys: await keysOf(1), regions: ['eu-west-1'] });
    const page = await stage.pageOf(adminToken, `/plans/${id}/replicas`);
    await page.route(/assets\/spec-/, (route) => route.abort());
    await page.getByRole('tab', { name: 'Spec' }).click();
    await page.getByRole('alert').getByText('could not be shown').waitFor();
    await page.getByRole('tab', { name: 'Replicas' }).click();
    await page.getByRole('row').nth(1).waitFor();
    await page.unroute(/assets\/spec-/);
    await page.getByRole('tab', { name: 'Spec' }).click();
    await page.reload();
    await page.getByText('spec_sha256').or(page.getByText('name: parts')).first().waitFor();
  });
});

describe('a replica', () => {
  it('that failed is opened from the matrix by keyboard, with every call and what to do, and has an address', async () => {
    const [key = ''] = await keysOf(1);
    const message = 'not authorized to perform kms:CreateKey';
    await stage.keyferry.simulator.addFaults({
      operation: 'replicate-key',
      key,
      effect: { awsError: { name: 'AccessDeniedException', message } },
    });
    const { id } = await stage.keyferry.run({ name: 'denied', keys: [key], regions: ['eu-west-1'] });
    const page = await stage.pageOf(adminToken, `/plans/${id}/matrix`);
    const cell = page.getByRole('gridcell', { name: /Failed/ }).last();
    await cell.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText(message).first().waitFor();
    await page.getByRole('dialog').getByText('replicate', { exact: false }).first().waitFor();
    const shared = page.url();
    expect(shared).toMatch(/replica=[0-9a-f-]{36}/);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.goto(shared);
    await page.getByRole('dialog').getByText(message).first().waitFor();
  });
});

describe('a plan that needs approval', () => {
  it('is approved by another caller, from the page, exactly as shown', async () => {
    const { client } = stage.keyferry;
    const operator = await client.request('POST /v1/tokens', { body: { name: 'olga', role: 'operator' } });
    const approver = await client.request('POST /v1/tokens', { body: { name: 'anna', role: 'approver' } });
    const asOperator = await stage.pageOf(operator.token, '/plans/new');
    await asOperator.getByRole('textbox', { name: 'Name' }).fill('to-be-approved');
    await asOperator.getByRole('textbox', { name: 'Keys' }).fill((await keysOf(2)).join('\n'));
    await asOperator.getByRole('checkbox', { name: 'eu-west-1' }).check();
    await asOperator.getByRole('checkbox', { name: 'Approval' }).check();
    await asOperator.getByRole('button', { name: 'Preview', exact: true }).click();
    await asOperator.getByRole('button', { name: 'Execute', exact: true }).click();
    await asOperator.getByRole('button', { name: 'Execute the plan' }).click();
    await stateOf(asOperator, 'Awaiting approval');
    expect(await asOperator.getByRole('button', { name: 'Approve' }).count()).toBe(0);

    const asApprover = await stage.pageOf(approver.token, new URL(asOperator.url()).pathname);
    await asApprover.getByRole('button', { name: 'Approve', exact: true }).click();
    await asApprover.getByRole('button', { name: 'Approve exactly this' }).click();
    await stateOf(asOperator, 'Succeeded');
    expect(await asApprover.getByRole('button', { name: /Pause|Cancel|Retry|Change limits/ }).count()).toBe(0);
  });
});

describe('what is approved', () => {
  it.each(['light', 'dark'] as const)('is shown in words, with nothing hidden (%s)', async (colorScheme) => {
    const { client, url } = stage.keyferry;
    const operator = await client.request('POST /v1/tokens', { body: { name: 'olga', role: 'operator' } });
    const approver = await client.request('POST /v1/tokens', { body: { name: 'anna', role: 'approver' } });
    const account = newAccount();
    const Policy = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' },
        { Effect: 'Allow', Principal: '*', Action: ['kms:Decrypt', 'kms:DescribeKey'], Resource: '*' },
      ],
    };
    const { id } = await createKeyferryClient({ url, token: operator.token }).request('POST /v1/plans', {
      body: {
        name: 'dr\u202egnp.2026',
        keys: (await stage.keyferry.simulator.makeKeys({ count: 3, account })).map((key) => key.id),
        regions: ['eu-west-1', 'eu-central-1'],
        replica: { aws_param: { Policy, Description: 'payments\u2066, in an emergency' } },
        options: { require_approval: true, change_ticket: 'CHG-1' },
      },
    });
    const page = await stage.pageOf(approver.token, `/plans/${id}`, { colorScheme });
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog
      .getByText(
        'Create replicas of 3 keys of 1 account in eu-west-1 and eu-central-1; the primaries are in us-east-1.',
      )
      .waitFor();
    await dialog.getByText(`Allows the account ${account}: kms:*`).waitFor();
    const anyone = dialog.getByText('Allows ANYONE (Principal "*"): kms:Decrypt, kms:DescribeKey, without a condition');
    expect(await anyone.getByLabel('Look twice').count()).toBe(1);
    await dialog.getByText('payments<U+2066>, in an emergency').waitFor();
    expect(await dialog.getByText('dr<U+202E>gnp.2026').count()).toBe(2);
    expect(await dialog.textContent()).not.toMatch(/[\u202e\u2066]/);
    await dialog.getByText((await client.request('GET /v1/plans/{id}', { id })).resolved_sha256 ?? '').waitFor();
    await (colorScheme === 'light' ? expectAccessible(page) : expectLegible(page));
  });
});

describe('the keys', () => {
  it('are those that CCKM lists, with the Regions that each is in, and found by where they are missing', async () => {
    const account = newAccount();
    const group = { count: 2, account, aliasPrefix: 'alias/estate' };
    await stage.keyferry.simulator.makeKeys({ ...group, replicas: [{ region: 'eu-west-1', state: 'Enabled' }] });
    await stage.keyferry.simulator.makeKeys({ ...group, aliasPrefix: 'alias/alone' });
    const page = await stage.pageOf(adminToken, `/keys?q=${account}`);
    await page.getByRole('row').filter({ hasText: 'estate' }).first().waitFor();
    expect(await page.getByRole('row').filter({ hasText: 'eu-west-1' }).count()).toBe(2);
    await page.goto(`${stage.keyferry.url}/keys?q=${account}&missing_in=eu-west-1`);
    await page.getByText('2 matching keys').waitFor();
    expect(await page.getByRole('row').filter({ hasText: 'alone' }).count()).toBe(2);
  });
});
