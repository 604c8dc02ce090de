import { diceFrom } from './dice.ts';
import { type Disturbance, drawDisturbances } from './draw-disturbances.ts';
import { drawKeys, type KeyGroup } from './draw-keys.ts';
import { drawAliasLies, drawFaults, drawRecords, drawSettings, type Fault } from './draw-lies.ts';
import { drawOrders, drawPlans, type Order, type PlanDraft } from './draw-plans.ts';

export type EngineName = 'redis' | 'postgres';

/** Everything that one seed means. Data only, so that a failure can print it. */
export interface Scenario {
  readonly seed: number;
  readonly engine: EngineName;
  readonly workers: number;
  readonly keys: readonly KeyGroup[];
  readonly plans: readonly PlanDraft[];
  readonly orders: readonly Order[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];
  readonly disturbances: readonly Disturbance[];
  /** Disabled primaries are enabled and the plans retried once they have ended. */
  readonly mends: boolean;
}

/** Disturbances begin and orders are given within this time after the start, milliseconds. */
const span = 4_500;

export function drawScenario(seed: number, engine: EngineName): Scenario {
  const dice = diceFrom(`chaos ${engine} ${seed}`);
  // Dice of their own: what else a seed means stays.
  const forAliases = diceFrom(`aliases ${engine} ${seed}`);
  const workers = dice.between(2, 3);
  const keys = drawKeys(dice);
  const plans = drawPlans(
    dice,
    keys.reduce((sum, { count }) => sum + count, 0),
  );
  return {
    seed,
    engine,
    workers,
    keys,
    plans,
    orders: drawOrders(dice, plans, span),
    settings: { ...drawSettings(dice), ...drawRecords(forAliases) },
    faults: [...drawFaults(dice), ...drawAliasLies(forAliases)],
    disturbances: drawDisturbances(dice, engine, workers, span),
    mends: dice.chance(0.5),
  };
}
