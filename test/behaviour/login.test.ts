import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, type Keyferry, startKeyferry } from '../harness/keyferry.ts';
import { until } from '../harness/until.ts';

const passwordFile = join(mkdtempSync(join(tmpdir(), 'keyferry-login-')), 'password');
const wrong = 'wr0ng-canary';
/** Long enough that a worker without a heartbeat is late well before its lease ends. */
const leaseMs = 12_000;

let keyferry: Keyferry;
beforeAll(async () => {
  writeFileSync(passwordFile, wrong);
  keyferry = await startKeyferry({
    CCKM_PASSWORD: '',
    CCKM_PASSWORD_FILE: passwordFile,
    KEYFERRY_LEASE_MS: String(leaseMs),
  });
});
afterAll(() => keyferry?.stop());

const refusedLogins = async () =>
  (await keyferry.simulator.control<{ refused_logins: number }>('GET', '/state')).refused_logins;
const overview = () => keyferry.client.request('GET /v1/overview');

describe('a worker whose password is wrong', () => {
  it('says so at once, before there is a plan: in its log, the overview and the metrics', async () => {
    const told = await until('it is told', overview, ({ workers }) => workers.items[0]?.cckm_error !== null);
    expect(told).toMatchObject({
      health: 'broken',
      cckm: { reason: 'cckm_login_refused' },
      workers: { alive: 1, items: [{ cckm_error: 'cckm_login_refused', cckm_error_since: expect.any(String) }] },
    });
    expect(told.reasons[0]).toMatchObject({
      code: 'cckm_down',
      message: expect.stringMatching(/^CCKM refuses the login since .*Check CCKM_USERNAME, CCKM_PASSWORD/),
    });
    const log = keyferry.workers[0]?.output() ?? '';
    expect(log).toMatch(/"level":50.*CCKM refuses the login: .*CCKM_PASSWORD/);
    expect(log).not.toContain(wrong);
    const metrics = await fetch(`${keyferry.url}/metrics`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    expect(await metrics.text()).toContain('keyferry_workers_login_refused 1');
    expect((await fetch(`${keyferry.url}/readyz`)).status).toBe(200);
  });

  it('holds its plans with that as their reason, and does not try so often that the account is locked', async () => {
    await keyferry.simulator.control('PATCH', '/settings', { lockoutAfter: 3, lockoutMs: 600_000 });
    const keys = (await keyferry.simulator.makeKeys({ count: 3 })).map(({ id }) => id);
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: { name: 'waits', keys, regions: ['eu-west-1'] },
    });
    const waiting = await until(
      'it says why it waits',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ reason }) => reason !== null,
    );
    expect(waiting.reason).toMatch(/CCKM refused the login\. Check CCKM_USERNAME/);
    expect(await refusedLogins()).toBeLessThanOrEqual(2);

    writeFileSync(passwordFile, 'keyferry-simulator\n');
    expect((await keyferry.settled(id)).state).toBe('succeeded');
    const well = await until('all is well', overview, ({ health }) => health === 'ok');
    expect(well.workers.items[0]).toMatchObject({ cckm_error: null, cckm_error_since: null });
  });
});

it('a worker that stops beating is late while its lease still holds, with the age of its last heartbeat', async () => {
  const second = await keyferry.startWorker();
  await until('both are alive', overview, ({ workers }) => workers.alive === 2);
  await second.kill();
  const late = await until('it is late', overview, ({ workers }) => workers.late === 1);
  expect(late.workers.alive).toBe(2);
  const of = late.workers.items.find(({ pid }) => pid === second.pid);
  expect(of).toMatchObject({ alive: true, late: true });
  expect(of?.heartbeat_age_seconds).toBeGreaterThan(leaseMs / 2_000);
  expect(late.reasons).toMatchObject([{ code: 'worker_late', message: expect.stringContaining(`${second.pid} on`) }]);
  await until('its lease has ended', overview, ({ workers }) => workers.alive === 1);
});
