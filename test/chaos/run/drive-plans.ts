import { ProblemError } from '@keyferry/client';
import type { SimulatedKey } from '../../harness/simulator.ts';
import type { Order, PlanDraft } from '../scenario/draw-plans.ts';
import type { Submitted } from './evidence.ts';
import { patiently } from './patiently.ts';
import type { World } from './world.ts';

/** Submits a plan at its time, again under the same Idempotency-Key for as long as no answer comes. */
export async function submit(world: World, draft: PlanDraft, keys: readonly SimulatedKey[]): Promise<Submitted> {
  const named = draft.keys.flatMap(({ index, by }) => {
    const key = keys[index];
    return key ? [{ key, name: key[by] }] : [];
  });
  const { name, regions, options } = draft;
  const spec = {
    name,
    keys: named.map((one) => one.name),
    regions,
    options,
    overrides: draft.withAlias
      ? named.map((one, i) => ({
          key: one.name,
          replica: { aws_param: { Alias: `${name.replace(' ', '-')}/${i + 1}` } },
        }))
      : [],
  };
  const idempotencyKey = `${name.replace(' ', '-')}-of-seed`;
  await world.timeIs(draft.submitAt);
  const send = () => patiently(() => world.client.request('POST /v1/plans', { body: spec, idempotencyKey }));
  const { id } = await send();
  world.note(`${name} is submitted: ${id}`);
  if (draft.repeated) {
    const again = await send();
    if (again.id !== id) throw new Error(`${name} was made twice: ${id} and ${again.id}`);
  }
  return { draft, id, idempotencyKey, mrks: named.map((one) => one.key.mrk), told: [] };
}

/** Gives an order at its time; a plan that cannot take it by now may refuse. */
export async function give(world: World, plan: Submitted, order: Order): Promise<void> {
  await world.timeIs(order.at);
  plan.told.push(order.command);
  const { client } = world;
  const said = await patiently(async () => {
    try {
      if (order.command === 'change')
        await client.request('PATCH /v1/plans/{id}', { id: plan.id, body: { options: { priority: order.priority } } });
      else if (order.command === 'retry') await client.request('POST /v1/plans/{id}/retry', { id: plan.id });
      else await client.request(`POST /v1/plans/{id}/${order.command}`, { id: plan.id });
      return 'done';
    } catch (error) {
      if (error instanceof ProblemError && error.status === 409) return 'refused';
      throw error;
    }
  });
  world.note(`${order.command} ${plan.draft.name}: ${said}`);
}
