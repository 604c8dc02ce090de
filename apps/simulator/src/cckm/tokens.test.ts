import { afterEach, describe, expect, it } from 'vitest';
import { startForTest, type TestSimulator } from '../../../../test/harness/start-simulation.ts';

let simulator: TestSimulator;
afterEach(() => simulator.stop());

describe('logins', () => {
  it('are taken with and without the trailing slash, and refused with a wrong password', async () => {
    simulator = await startForTest();
    const user = { grant_type: 'password', username: 'admin', password: 'keyferry-simulator' };
    for (const path of ['/api/v1/auth/tokens', '/api/v1/auth/tokens/']) {
      const { status, body } = await simulator.call('POST', path, user);
      expect(status).toBe(200);
      expect(body).toMatchObject({ duration: 300, token_type: 'Bearer' });
    }
    const refused = await simulator.logIn({ ...user, password: 'wrong' });
    expect(refused.status).toBe(401);
    expect(refused.body.codeDesc).toMatch(/^NCERRUnauthorized/);
  });

  it('are locked for some time after so many refusals, in the same words', async () => {
    simulator = await startForTest({ password: 'changed', lockoutAfter: 3, lockoutMs: 60_000 });
    const user = { grant_type: 'password', username: 'admin', password: 'changed' };
    for (let i = 0; i < 3; i += 1) expect((await simulator.logIn({ ...user, password: 'wrong' })).status).toBe(401);
    expect((await simulator.logIn(user)).body.codeDesc).toMatch(/^NCERRUnauthorized/);
    simulator.pass(60_000);
    expect((await simulator.logIn(user)).status).toBe(200);
  });

  it('end after their time with a 401 that did nothing', async () => {
    simulator = await startForTest({ tokenDurationSeconds: 10 });
    const key = await simulator.makeKey();
    simulator.pass(10_000);
    expect((await simulator.replicate(key.id, 'us-west-2')).status).toBe(401);
    await simulator.renew();
    expect((await simulator.aws('GET', `/keys?keyid=${key.mrk}`)).body.total).toBe(1);
  });

  it('are renewed by a refresh token, which renewing replaces and revoking ends', async () => {
    simulator = await startForTest();
    const first = (await simulator.logIn()).body;
    const refresh = (token: unknown, rest: object = {}) =>
      simulator.logIn({ grant_type: 'refresh_token', refresh_token: token, ...rest });
    expect((await refresh(first.refresh_token)).body.refresh_token).toBeUndefined();
    const renewed = (await refresh(first.refresh_token, { renew_refresh_token: true })).body;
    expect((await refresh(first.refresh_token)).status).toBe(401);
    await simulator.call('POST', '/api/v1/auth/revoke', { refresh_token: renewed.refresh_token }, String(renewed.jwt));
    expect((await refresh(renewed.refresh_token)).status).toBe(401);
  });

  it('count the refresh tokens that pile up', async () => {
    simulator = await startForTest();
    const live = async () => Number((await simulator.control('GET', '/state')).body.live_refresh_tokens);
    const before = await live();
    for (let i = 0; i < 3; i += 1) await simulator.logIn();
    expect(await live()).toBe(before + 3);
  });
});
