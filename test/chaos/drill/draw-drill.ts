import { diceFrom } from '../scenario/dice.ts';
import type { Fault } from '../scenario/draw-lies.ts';

/** Where the primaries are, where they are promoted to, and where there are replicas too. */
export const regions = { home: 'us-east-1', target: 'us-west-2', other: 'eu-west-1' } as const;

/** The steps of the drill, in their order: gaps are closed, all is proven, and the primaries go there and back. */
export const steps = [
  { step: 'preflight', id: 'preflight' },
  { step: 'coverage', id: 'coverage', at_least: 0 },
  { step: 'replicate', id: 'replicate' },
  { step: 'verify', id: 'verify', every: '1s' },
  { step: 'promote', id: 'promote', to: regions.target },
  { step: 'failback', id: 'failback' },
  { step: 'verify', id: 'back', every: '1s' },
] as const;

export type StepId = (typeof steps)[number]['id'];

/** What happens while a step is under way: the API and all workers are killed at once, and what they depend on with them. */
export interface Strike {
  /** How long after the step was first seen. */
  readonly afterMs: number;
  readonly postgres: boolean;
  readonly redis: boolean;
  readonly forMs: number;
}

/** Groups of keys as the simulator makes them, without their account. */
export interface KeyGroup {
  readonly count: number;
  readonly origin?: 'EXTERNAL';
  readonly replicas: readonly { readonly region: string; readonly listed?: boolean }[];
}

export interface DrillScenario {
  readonly seed: number;
  readonly groups: readonly KeyGroup[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];
  readonly strikes: Readonly<Record<StepId, Strike>>;
}

const throttling = { awsError: { name: 'ThrottlingException', message: 'You have exceeded the rate.' } };

/** What CCKM does to calls that change something: some are lost before, during or after the work. */
const liesOfChanges = [
  { awsTransport: {} },
  { awsTransport: {}, afterWork: true },
  { dropBefore: true },
  { dropAfter: true },
  { status: 500 },
  { status: 503, afterWork: true },
  { truncate: true },
  { slowAnswerMs: { min: 100, max: 600 } },
  throttling,
];
const liesOfReads = [{ dropBefore: true }, { status: 500 }, { latencyMs: { min: 20, max: 200 } }];

/** Draws a drill over so many keys. The same seed draws the same; how the processes meet is not drawn. */
export function drawDrill(seed: number, keys: number): DrillScenario {
  const dice = diceFrom(`drill ${seed}`);
  const share = (percent: number) => Math.max(1, Math.round((keys * percent) / 100));
  const [outside, alone, missing, imported] = [share(10), share(15), share(20), share(5)];
  const both = [{ region: regions.target }, { region: regions.other }];
  const lies = (operation: string, effects: readonly object[], percent: number): Fault[] =>
    effects.map((effect) => ({ operation, effect, probability: percent / 100 }));
  const strike = (postgres: boolean): Strike => ({
    afterMs: dice.between(0, 400),
    postgres,
    redis: dice.chance(0.7),
    forMs: dice.between(0, 600),
  });
  return {
    seed,
    groups: [
      { count: keys - outside - alone - missing - imported, replicas: both },
      { count: outside, replicas: [{ region: regions.target, listed: false }, { region: regions.other }] },
      { count: alone, replicas: [] },
      { count: missing, replicas: [{ region: regions.target }] },
      { count: imported, origin: 'EXTERNAL', replicas: [{ region: regions.target }] },
    ],
    settings: {
      quotas: { UpdatePrimaryRegion: 20 },
      promotionMs: 300,
      promotionStaleMs: 60_000,
      staleMs: dice.pick([0, 150]),
      laggingNodeMs: dice.pick([100, 200]),
      synchronizationMs: 200,
    },
    faults: [
      ...lies('update-primary-region', liesOfChanges, 3),
      ...lies('replicate-key', liesOfChanges, 3),
      ...lies('get-key', liesOfReads, 1),
      ...lies('list-keys', liesOfReads, 3),
      // Asked once a check: a step that only checks takes long enough to be struck.
      { operation: 'list-kms', probability: 1, effect: { latencyMs: 1_200 } },
    ],
    strikes: {
      preflight: strike(false),
      coverage: strike(false),
      replicate: strike(true),
      verify: strike(false),
      promote: strike(true),
      failback: strike(true),
      back: strike(false),
    },
  };
}
