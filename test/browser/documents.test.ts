import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { adminToken, newAccount } from '../harness/keyferry.ts';
import { expectAccessible, expectLegible } from './open-browser.ts';
import { setStage } from './stage.ts';

const stage = setStage();

const tokenOf = async (name: string, role: 'viewer' | 'operator'): Promise<string> =>
  (await stage.keyferry.client.request('POST /v1/tokens', { body: { name, role } })).token;

const text = (page: Page, kind: string) => page.getByRole('textbox', { name: `The ${kind} as YAML` });

async function expectGoodLooks(page: Page): Promise<void> {
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('[data-mantine-color-scheme="dark"]').first().waitFor();
  await expectLegible(page);
  await page.emulateMedia({ colorScheme: 'light' });
}

const policy = (name: string, more = '') => `name: ${name}\nkeys: [mrk-1]\nregions:\n  - eu-west-1\n${more}`;

describe('the editor', () => {
  it('shows errors at their lines, offers what may be written, and keeps the draft over a reload', async () => {
    const page = await stage.pageOf(await tokenOf('olga', 'operator'), '/coverage/-/new');
    await text(page, 'coverage policy').fill(policy('drafted', '  - eu-wst-2\n'));
    const fault = page.getByRole('button', { name: /Line 5.*regions\[1\].*Did you mean/ });
    await fault.waitFor();
    await expectGoodLooks(page);
    await page.getByRole('button', { name: 'Create …' }).click();
    expect(await page.getByRole('dialog').count()).toBe(0);

    await fault.click();
    await page.keyboard.press('Shift+End');
    await page.keyboard.type('  - eu-west-');
    await page.keyboard.press('Control+Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await text(page, 'coverage policy').inputValue()).toBe(policy('drafted', '  - eu-west-2\n'));
    await fault.waitFor({ state: 'detached' });

    await page.reload();
    await page.getByText('Unsaved draft restored').waitFor();
    expect(await text(page, 'coverage policy').inputValue()).toBe(policy('drafted', '  - eu-west-2\n'));
    await page.getByRole('button', { name: 'Discard draft' }).click();
    expect(await text(page, 'coverage policy').inputValue()).toContain('name: tier-1');
  });

  it('is refused to a viewer, with who may', async () => {
    const page = await stage.pageOf(await tokenOf('vera', 'viewer'), '/coverage/-/new');
    await page.getByText('Your role, viewer, cannot change coverage policies').waitFor();
    for (const at of ['/coverage', '/schedules', '/region-groups', '/drills']) {
      await page.goto(`${stage.keyferry.url}${at}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.getByRole('main').getByRole('link', { name: /^New / }).count()).toBe(0);
    }
  });
});

describe('a coverage policy', () => {
  it('is created, changed with each change and conflict shown, and deleted', async () => {
    const { client, url } = stage.keyferry;
    const page = await stage.pageOf(await tokenOf('otto', 'operator'), '/coverage');
    await page.getByRole('link', { name: 'New policy' }).click();
    await text(page, 'coverage policy').fill(policy('edited'));
    await page.getByRole('button', { name: 'Create …' }).click();
    await page.getByRole('dialog').getByText('Create the coverage policy?').waitFor();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForURL(/\/coverage\/edited$/);

    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    expect(await text(page, 'coverage policy').inputValue()).toBe(
      'name: edited\nkeys:\n  - mrk-1\nregions:\n  - eu-west-1\n',
    );
    const meanwhile = { name: 'edited', keys: ['mrk-1'], regions: ['eu-west-1'], description: 'of another' };
    await client.request('PUT /v1/coverage/policies/{name}', { name: 'edited', body: meanwhile });
    await text(page, 'coverage policy').fill(policy('edited', 'material_valid_days: 60\n'));
    await page.getByRole('button', { name: 'Save …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The coverage policy was changed since you opened it').waitFor();
    await dialog.getByRole('row', { name: 'material_valid_days 30 60' }).waitFor();
    await dialog.getByRole('row', { name: 'description of another not set' }).waitFor();
    await expectGoodLooks(page);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.waitForURL(/\/coverage\/edited$/);
    const saved = await client.request('GET /v1/coverage/policies/{name}', { name: 'edited' });
    expect(saved).toMatchObject({ description: null, spec: { material_valid_days: 60 } });

    await page.goto(`${url}/coverage/edited/edit`);
    await page.getByRole('button', { name: 'Save …' }).click();
    await dialog.getByText('There is nothing to save', { exact: false }).waitFor();
    expect(await page.getByRole('button', { name: 'Save', exact: true }).count()).toBe(0);

    await page.goto(`${url}/coverage/edited`);
    await page.getByRole('button', { name: 'Delete the coverage policy edited' }).click();
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.waitForURL(/\/coverage$/);
    await expect(client.request('GET /v1/coverage/policies/{name}', { name: 'edited' })).rejects.toThrow(/edited/);
  });

  it('whose gaps no plan can close says so before one runs', async () => {
    const { client, simulator } = stage.keyferry;
    const made = await simulator.makeKeys({ count: 2, account: newAccount(), state: 'Disabled' });
    const body = { name: 'blocked', keys: made.map((key) => key.id), regions: ['us-west-2'] };
    await client.request('PUT /v1/coverage/policies/{name}', { name: 'blocked', body });
    const page = await stage.pageOf(adminToken, '/coverage/blocked');
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByRole('button', { name: 'Close the gaps' }).click();
    await page.getByRole('button', { name: 'Run preflight' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Preflight lets 0 of 2 replicas through (2 blocked).').waitFor();
    await dialog.getByText('2 blocked: ', { exact: false }).waitFor();
    expect(await dialog.getByRole('button', { name: 'Create replicas' }).isDisabled()).toBe(true);
    await expectGoodLooks(page);
    await dialog.getByRole('button', { name: 'Discard the plan' }).click();
    await dialog.waitFor({ state: 'detached' });
    const [plan] = (await client.request('GET /v1/plans', { query: { limit: 1 } })).items;
    expect(plan).toMatchObject({ name: 'coverage blocked', state: 'cancelled' });
  });
});

describe('a drill', () => {
  it('is declared from a runbook, step by step, and run again', async () => {
    const [key] = await stage.keyferry.simulator.makeKeys({ count: 1, account: newAccount() });
    const page = await stage.pageOf(await tokenOf('dora', 'operator'), '/drills');
    await page.getByRole('link', { name: 'New drill' }).first().click();
    await text(page, 'runbook').fill(
      `name: written here\nscenario: Nothing is lost.\nmode: rehearse\nkeys: [${key?.id}]\nregions: [eu-west-1]\nsteps:\n  - step: preflight\n`,
    );
    await page.getByRole('button', { name: 'Declare …' }).click();
    await page.getByRole('dialog').getByText('Rehearsal: nothing is changed').waitFor();
    await expectGoodLooks(page);
    await page.getByRole('button', { name: 'Declare the drill' }).click();
    await page.waitForURL(/\/drills\/[0-9a-f-]{36}$/);
    await page.getByRole('main').getByText('Succeeded', { exact: true }).first().waitFor();
    await page.getByRole('link', { name: 'Run again' }).click();
    await text(page, 'runbook').waitFor();
    expect(await text(page, 'runbook').inputValue()).toBe(
      `name: written here\nscenario: Nothing is lost.\nmode: rehearse\nkeys:\n  - ${key?.id}\nregions:\n  - eu-west-1\nsteps:\n  - step: preflight\n`,
    );
  });
});

describe('a schedule and a Region group', () => {
  it('are written, shown and deleted', async () => {
    const { client } = stage.keyferry;
    const page = await stage.pageOf(await tokenOf('sven', 'operator'), '/region-groups');
    await page.getByRole('link', { name: 'New group' }).click();
    await text(page, 'Region group').fill('name: written\nregions: [eu-west-1, eu-north-1]\n');
    await page.getByRole('button', { name: 'Create …' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('row').filter({ hasText: 'eu-west-1, eu-north-1' }).waitFor();
    await expectGoodLooks(page);

    await page.goto(`${stage.keyferry.url}/schedules`);
    await page.getByRole('link', { name: 'New schedule' }).click();
    const windows = 'windows: [{ days: [sat], from: "22:00", to: "06:00", time_zone: UTC }]';
    const plan = `plan:\n  name: nightly\n  keys: [mrk-1]\n  regions: ["group:written"]\n  options:\n    ${windows}\n`;
    await text(page, 'schedule').fill(`name: nightly\ncron: 0 2 * * *\ntime_zone: UTC\n${plan}`);
    await page.getByRole('button', { name: 'Create …' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('heading', { name: 'nightly' }).waitFor();
    await page.getByText('sat 22:00–06:00 UTC').waitFor();
    await expectGoodLooks(page);
    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    await text(page, 'schedule').fill(`name: nightly\nenabled: false\ncron: 0 2 * * *\ntime_zone: UTC\n${plan}`);
    await page.getByRole('button', { name: 'Save …' }).click();
    await page.getByRole('dialog').getByRole('row', { name: 'enabled true false' }).waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Disabled: only by hand').waitFor();
    await page.getByRole('button', { name: 'Delete the schedule nightly' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('No schedules yet').waitFor();
    expect((await client.request('GET /v1/schedules')).items).toEqual([]);
  });

  it('that the API refuses says why in place', async () => {
    const page = await stage.pageOf(await tokenOf('sina', 'operator'), '/schedules/new');
    await text(page, 'schedule').fill(
      'name: a\ncron: 0 2 * * *\ntime_zone: UTC\nplan:\n  name: a\n  keys: [mrk-1]\n  regions:\n    - "group:nowhere"\n',
    );
    await page.getByRole('button', { name: 'Create …' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('button', { name: /Line 8.*nowhere/ }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});

describe('a key', () => {
  it('has a page with its set, its coverage and what plans did, and is taken to a new plan', async () => {
    const { client, simulator } = stage.keyferry;
    const account = newAccount();
    const [key] = await simulator.makeKeys({ count: 1, account, aliasPrefix: 'alias/paged' });
    const id = key?.id ?? '';
    await stage.keyferry.run({ name: 'touched it', keys: [id], regions: ['eu-west-1'] });
    const body = { name: 'of-the-key', keys: [id], regions: ['eu-west-1', 'us-west-2'] };
    await client.request('PUT /v1/coverage/policies/{name}', { name: 'of-the-key', body });
    const page = await stage.pageOf(adminToken, '/coverage/of-the-key');
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByRole('row').filter({ hasText: 'no_replica' }).getByRole('link').click();
    await page
      .getByRole('region', { name: 'Coverage' })
      .getByRole('row', { name: /of-the-key us-west-2 .*Missing/ })
      .waitFor();
    await page.getByRole('region', { name: 'History' }).getByRole('link', { name: 'touched it' }).waitFor();
    await page
      .getByRole('region', { name: 'Multi-Region set' })
      .getByRole('row', { name: /us-east-1.*Primary.*Enabled/ })
      .waitFor();
    await expectGoodLooks(page);

    await page.goto(`${stage.keyferry.url}/keys?q=${account}`);
    await page.getByRole('checkbox', { name: /^Select paged/ }).check();
    await page.getByRole('button', { name: 'New plan with 1 key' }).click();
    await page.waitForURL(/\/plans\/new\?selected=1$/);
  });
});
