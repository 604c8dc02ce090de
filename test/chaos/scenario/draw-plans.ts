import type { Dice } from './dice.ts';
import { targets } from './draw-keys.ts';

/** A plan to be submitted; keys are named by their place in the order in which they were made. */
export interface PlanDraft {
  readonly name: string;
  /** After the start, milliseconds. */
  readonly submitAt: number;
  /** Submitted once more under the same Idempotency-Key. */
  readonly repeated: boolean;
  readonly keys: readonly { readonly index: number; readonly by: 'id' | 'mrk' | 'arn' }[];
  readonly regions: readonly string[];
  /** Every replica gets an alias, which is a call to AWS of its own. */
  readonly withAlias: boolean;
  readonly options: {
    readonly priority: number;
    readonly max_in_flight: number;
    readonly region_order: 'parallel' | 'sequential';
    readonly import_material: boolean;
    readonly max_attempts: number;
  };
}

/** More than all faults and outages of a scenario together can use up. */
const plentyOfAttempts = 60;

/** Three or four plans over the same keys, so that most pairs are wanted by more than one. */
export function drawPlans(dice: Dice, keys: number): PlanDraft[] {
  const all = Array.from({ length: keys }, (_, index) => index);
  return Array.from({ length: dice.between(3, 4) }, (_, i) => ({
    name: `chaos ${i + 1}`,
    submitAt: i === 0 ? 0 : dice.between(0, 2_500),
    repeated: dice.chance(0.3),
    keys: dice
      .some(all, dice.between(Math.ceil(keys * 0.4), Math.ceil(keys * 0.7)))
      .map((index) => ({ index, by: dice.pick(['id', 'mrk', 'arn'] as const) })),
    regions: dice.some(targets, dice.pick([1, 2, 2, 3])),
    withAlias: dice.chance(0.35),
    options: {
      priority: dice.between(0, 5),
      max_in_flight: dice.pick([4, 20, 50]),
      region_order: dice.chance(0.3) ? 'sequential' : 'parallel',
      import_material: !dice.chance(0.1),
      max_attempts: plentyOfAttempts,
    },
  }));
}

export type Order =
  | { readonly at: number; readonly plan: number; readonly command: 'pause' | 'resume' | 'cancel' | 'retry' }
  | { readonly at: number; readonly plan: number; readonly command: 'change'; readonly priority: number };

/** What operators tell the plans meanwhile; what is paused at the end is resumed by the scenario. */
export function drawOrders(dice: Dice, plans: readonly PlanDraft[], until: number): Order[] {
  const orders: Order[] = Array.from({ length: dice.between(1, 4) }, () => {
    const plan = dice.between(0, plans.length - 1);
    const at = (plans[plan]?.submitAt ?? 0) + dice.between(300, until);
    const command = dice.pick(['pause', 'resume', 'retry', 'change'] as const);
    return command === 'change' ? { at, plan, command, priority: dice.between(0, 9) } : { at, plan, command };
  });
  if (dice.chance(0.3)) {
    const plan = dice.between(1, plans.length - 1);
    orders.push({ at: (plans[plan]?.submitAt ?? 0) + dice.between(0, until), plan, command: 'cancel' });
  }
  return orders.sort((a, b) => a.at - b.at);
}
