import { type PlanActivityView, type PlanView, planActivityViewSchema, type Role } from '@keyferry/core';
import { claimPlanToResolve, finishResolving, insertReplicas, registerWorker, settlePlans } from '@keyferry/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';

let api: TestApi;
let workerId: string;
/** Callers by their tokens, which are their names here. */
const people: readonly [string, Role][] = [
  ['olga', 'operator'],
  ['ann', 'approver'],
  ['vera', 'viewer'],
];
beforeAll(async () => {
  api = await startForTest();
  workerId = await registerWorker(api.store, { host: 'here', pid: 1, concurrency: 1, leaseMs: 600_000 });
  for (const [name, role] of people) await api.letIn(name, { name, role });
}, 120_000);
afterAll(() => api?.stop());

const ask = (token: string, method: string, path: string, body?: unknown) =>
  api.ask(token, method, `/v1/plans${path}`, body);

/** A plan of olga's, resolved as a worker does it. */
async function plan(more: object = {}): Promise<PlanView> {
  const spec = { name: 'dr', keys: ['mrk-1'], regions: ['eu-west-1'], ...more };
  const { json } = await ask('olga', 'POST', '', spec);
  await claimPlanToResolve(api.store, json.id, { workerId, planIds: [] });
  await insertReplicas(api.store, json.id, [newResolved({ key_id: json.id })]);
  await finishResolving(api.store, json.id, { preview: false, lowerBoundSeconds: 0 });
  await settlePlans(api.store);
  return json;
}
const activity = async (id: string): Promise<PlanActivityView[]> => {
  const { status, json } = await ask('vera', 'GET', `/${id}/activity`);
  expect(status).toBe(200);
  return json.items.map((item: unknown) => planActivityViewSchema.parse(item));
};

describe('the activity of a plan', () => {
  it('says who did what, newest first, with what they said', async () => {
    const { id, spec_sha256 } = await plan({ options: { require_approval: true } });
    await ask('ann', 'POST', `/${id}/approve`, { spec_sha256, comment: 'As agreed.' });
    await settlePlans(api.store);
    await ask('olga', 'PATCH', `/${id}`, { options: { max_in_flight: 10 } });
    await ask('olga', 'POST', `/${id}/pause`);
    const { status, json } = await ask('ann', 'POST', `/${id}/comments`, { comment: 'Why is it paused?' });
    expect(status).toBe(201);
    const told = await activity(id);
    expect(told[0]).toEqual(json);
    expect(told.map(({ actor, action, comment }) => [actor, action, comment])).toEqual([
      ['ann', 'plan.comment', 'Why is it paused?'],
      ['olga', 'plan.pause', null],
      ['olga', 'plan.patch', null],
      ['system', 'plan.running', null],
      ['ann', 'plan.approve', 'As agreed.'],
      ['system', 'plan.awaiting_approval', null],
      ['olga', 'plan.submit', null],
    ]);
    expect(told[1]).toMatchObject({ role: 'operator', from: 'running', state: 'paused' });
    expect(told[2]?.limits).toMatchObject({ before: { max_in_flight: 50 }, after: { max_in_flight: 10 } });
  });

  it('is not for callers who may not comment, and takes no empty comment', async () => {
    const { id } = await plan();
    expect((await ask('vera', 'POST', `/${id}/comments`, { comment: 'Hello' })).status).toBe(403);
    expect((await ask('ann', 'POST', `/${id}/comments`, { comment: '  ' })).status).toBe(422);
    expect((await activity(id)).map(({ action }) => action)).not.toContain('plan.comment');
  });
});

describe('a plan that awaits approval', () => {
  it('is rejected by an approver: it is cancelled, with the comment as its reason', async () => {
    const { id } = await plan({ options: { require_approval: true } });
    expect((await ask('olga', 'POST', `/${id}/reject`)).status).toBe(403);
    const { status, json } = await ask('ann', 'POST', `/${id}/reject`, { comment: 'Not tonight.' });
    expect([status, json.state, json.reason]).toEqual([200, 'cancelled', 'Rejected by ann: Not tonight.']);
    expect((await activity(id))[0]).toMatchObject({ actor: 'ann', action: 'plan.reject', state: 'cancelled' });
    expect((await ask('ann', 'POST', `/${id}/reject`)).status).toBe(409);
  });

  it('and no other can be rejected', async () => {
    const { id } = await plan();
    expect(await ask('ann', 'POST', `/${id}/reject`)).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining('awaiting_approval') },
    });
  });
});

describe('a search among plans', () => {
  it('finds them by part of the name, the change ticket or the submitter, in any case', async () => {
    const { id } = await plan({ name: 'Night of the eclipse', options: { change_ticket: 'CHG-90210' } });
    const found = async (text: string): Promise<string[]> => {
      const { json } = await ask('vera', 'GET', `?search=${encodeURIComponent(text)}`);
      return json.items.map((one: PlanView) => one.id);
    };
    for (const text of ['eclipse', 'ECLIPSE', 'chg-902']) expect(await found(text)).toEqual([id]);
    expect(await found('olg')).toContain(id);
    expect(await found('100%')).toEqual([]);
    expect((await ask('vera', 'GET', '?search=')).status).toBe(422);
  });
});
