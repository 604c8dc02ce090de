import type { Dice } from './dice.ts';
import { hostileText, targets } from './draw-keys.ts';

/** A fault as the simulator takes it. */
export type Fault = Readonly<Record<string, unknown>>;

const aws = (name: string, message: string) => ({ awsError: { name, message } });
const throttling = aws('ThrottlingException', 'You have exceeded the rate at which you may call KMS.');
const internal = aws('KMSInternalException', 'An internal error occurred.');

/** CCKM's own AWS client got no answer, or one that nobody knows. */
const unanswered: readonly object[] = [
  { awsTransport: {} },
  { awsTransport: {}, afterWork: true },
  { awsTransport: {}, status: 500, afterWork: true },
  { awsTransport: { message: 'the operation did not complete' }, afterWork: true },
];

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
  { awsTransport: { message: `RequestError: send request failed ${hostileText}` }, afterWork: true, status: 422 },
  { awsError: { name: 'SomethingNewException', message: hostileText }, afterWork: true },
  { status: 502, compress: { encoding: 'gzip', declared: false } },
  { garbageBytes: 400 },
  { lateMs: 150 },
  { lateMs: 300 },
  { latencyMs: { min: 50, max: 600 } },
  { slowAnswerMs: { min: 100, max: 900 } },
  { slowAnswerMs: { min: 100, max: 900 }, dropAfter: true },
  ...unanswered,
];

const liesOfReads: readonly object[] = [
  { dropBefore: true },
  { status: 500 },
  { status: 503 },
  { truncate: true },
  { html: true },
  { envelope: true },
  { unauthorized: true },
  { compress: { encoding: 'br', declared: true } },
  { compress: { encoding: 'gzip', declared: false } },
  { garbageBytes: 400 },
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
  ...unanswered,
];

/** The replica is made, and its alias is not, or not yet; or it is, and nobody is told. */
const liesOfAlias: readonly object[] = [
  { aliasError: { name: 'ThrottlingException', message: 'Rate exceeded' } },
  { leavesOut: ['alias'] },
];
const liesOfAddAlias: readonly object[] = [
  { dropBefore: true },
  { dropAfter: true },
  { leavesOut: ['alias'] },
  { status: 500, afterWork: true },
  throttling,
  ...unanswered,
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

/** How CCKM treats aliases: an alias is a second call to AWS, which may fail alone. */
export function drawAliasLies(dice: Dice): Fault[] {
  const lie = (operation: string, effects: readonly object[]): Fault[] =>
    dice
      .some(effects, dice.between(0, 2))
      .map((effect) => ({ operation, effect, probability: dice.between(5, 20) / 100 }));
  return [...lie('replicate-key', liesOfAlias), ...lie('add-alias', liesOfAddAlias)];
}

/** What CCKM's records leave out, or show late. */
export function drawRecords(dice: Dice): Record<string, unknown> {
  return { aliasStaleMs: dice.pick([0, 0, 300]), policyInLists: dice.chance(0.7) };
}

/** How the simulated CCKM and AWS are while plans run. */
export function drawSettings(dice: Dice): Record<string, unknown> {
  return {
    creatingMs: { min: 50, max: dice.pick([300, 900]) },
    ...(dice.chance(0.3) ? { creatingMsByRegion: { [dice.pick(targets)]: { min: 1_000, max: 2_500 } } } : {}),
    earlyEnabledMs: dice.pick([0, 400, 1_200]),
    autoImport: dice.pick(['on', 'metered', 'off', 'fails_while_creating'] as const),
    autoImportMs: dice.pick([100, 500, 1_500]),
    staleMs: dice.pick([0, 0, 150, 400]),
    laggingNodeMs: dice.pick([0, 0, 150, 300]),
    synchronizationMs: 200,
    // Others in the account use up what there is: the replica is made, and CCKM's second call, for its alias, throttled.
    ...(dice.chance(0.3) ? { quotas: { CreateAlias: 1 } } : {}),
    tokenDurationSeconds: dice.pick([300, 300, 2]),
    errorStyle: dice.pick(['classic', 'sdk2'] as const),
    // Looks like drift, and is none.
    ...(dice.chance(0.3) ? { organisationTags: [{ TagKey: 'owner', TagValue: 'platform' }] } : {}),
    rewritesPolicies: dice.chance(0.3),
  };
}
