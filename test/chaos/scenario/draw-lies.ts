import type { Dice } from './dice.ts';
import { targets } from './draw-keys.ts';

/** A fault as the simulator takes it. */
export type Fault = Readonly<Record<string, unknown>>;

const aws = (name: string, message: string) => ({ awsError: { name, message } });
const throttling = aws('ThrottlingException', 'You have exceeded the rate at which you may call KMS.');
const internal = aws('KMSInternalException', 'An internal error occurred.');

const liesOfReplicate: readonly object[] = [
  { dropBefore: true },
  { dropAfter: true },
  { truncate: true },
  { hang: true },
  { html: true },
  { html: true, afterWork: true },
  { status: 500 },
  { status: 503 },
  { status: 500, afterWork: true },
  { status: 503, afterWork: true },
  { status: 504, afterWork: true },
  { envelope: true },
  { envelope: true, afterWork: true },
  { unauthorized: true },
  throttling,
  { ...internal },
  { ...internal, afterWork: true },
  { lateMs: 150 },
  { lateMs: 300 },
  { latencyMs: { min: 50, max: 600 } },
  { slowAnswerMs: { min: 100, max: 900 } },
  { slowAnswerMs: { min: 100, max: 900 }, dropAfter: true },
];

const liesOfReads: readonly object[] = [
  { dropBefore: true },
  { status: 500 },
  { status: 503 },
  { truncate: true },
  { html: true },
  { envelope: true },
  { unauthorized: true },
  { latencyMs: { min: 20, max: 300 } },
];

const liesOfImport: readonly object[] = [
  { dropBefore: true },
  { dropAfter: true },
  { status: 500, afterWork: true },
  { status: 503 },
  { truncate: true },
  throttling,
  internal,
];

const liesOfLogin: readonly object[] = [{ dropBefore: true }, { status: 500 }, { latencyMs: { min: 50, max: 500 } }];

/** How CCKM lies while plans run: each call by chance, from the simulator's own seed. */
export function drawFaults(dice: Dice): Fault[] {
  const lie = (operation: string, effects: readonly object[], count: number, percent: [number, number]): Fault[] =>
    dice
      .some(effects, count)
      .map((effect) => ({ operation, effect, probability: dice.between(...percent) / 100, ...inOneRegion(operation) }));
  const inOneRegion = (operation: string) =>
    operation === 'replicate-key' && dice.chance(0.2) ? { region: dice.pick(targets) } : {};
  return [
    ...lie('replicate-key', liesOfReplicate, dice.between(2, 5), [3, 10]),
    ...lie('list-keys', liesOfReads, dice.between(0, 2), [3, 10]),
    ...lie('rotations', liesOfReads, dice.between(0, 2), [5, 25]),
    ...lie('get-key', liesOfReads, dice.between(0, 1), [3, 15]),
    ...lie('import-material', liesOfImport, dice.between(0, 3), [10, 30]),
    ...lie('login', liesOfLogin, dice.between(0, 1), [10, 30]),
  ];
}

/** How the simulated CCKM and AWS are while plans run. */
export function drawSettings(dice: Dice): Record<string, unknown> {
  return {
    creatingMs: { min: 50, max: dice.pick([300, 900]) },
    ...(dice.chance(0.3) ? { creatingMsByRegion: { [dice.pick(targets)]: { min: 1_000, max: 2_500 } } } : {}),
    earlyEnabledMs: dice.pick([0, 400, 1_200]),
    autoImport: dice.pick(['on', 'on', 'off', 'fails_while_creating'] as const),
    autoImportMs: dice.pick([100, 500, 1_500]),
    staleMs: dice.pick([0, 0, 150, 400]),
    laggingNodeMs: dice.pick([0, 0, 150, 300]),
    synchronizationMs: 200,
    // Others in the account use up what there is: the replica is made, and CCKM's second call, for its alias, throttled.
    ...(dice.chance(0.3) ? { quotas: { CreateAlias: 1 } } : {}),
    tokenDurationSeconds: dice.pick([300, 300, 2]),
    errorStyle: dice.pick(['classic', 'sdk2'] as const),
  };
}
