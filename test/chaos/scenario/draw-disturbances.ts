import type { Dice } from './dice.ts';
import { targets } from './draw-keys.ts';

/** Something that goes wrong at a time after the start and is over `forMs` later; both in milliseconds. */
export interface Disturbance {
  readonly at: number;
  readonly forMs: number;
  readonly kind:
    | 'kill worker'
    | 'freeze worker'
    | 'kill api'
    | 'flush redis'
    | 'restart redis'
    | 'kill redis'
    | 'restart postgres'
    | 'kill postgres'
    | 'outage'
    | 'expire tokens'
    | 'region'
    | 'unreachable region'
    | 'promote outside'
    | 'silence postgres'
    | 'refuse redis';
  /** Which worker, what kind of outage, or which Region and how. */
  readonly worker?: number;
  readonly outage?: string;
  readonly region?: string;
  readonly effect?: object;
  /** Of the calls into a Region without an answer, the share that did their work, and the status of CCKM's answers. */
  readonly afterWork?: number;
  readonly status?: number;
  /** Why Redis refuses writes: it has become a replica, or has no memory left. */
  readonly refusal?: 'READONLY' | 'OOM';
}

const outages = ['503', 'drop', 'hang', 'login'] as const;

/** Three to five disturbances until `until`; a worker is always killed. */
export function drawDisturbances(
  dice: Dice,
  engine: 'redis' | 'postgres',
  workers: number,
  until: number,
): Disturbance[] {
  const kinds: readonly Disturbance['kind'][] = [
    'kill worker',
    'kill worker',
    'freeze worker',
    'kill api',
    'restart postgres',
    'kill postgres',
    'outage',
    'outage',
    'expire tokens',
    'region',
    'unreachable region',
    'unreachable region',
    'promote outside',
    'silence postgres',
    ...(engine === 'redis'
      ? (['flush redis', 'flush redis', 'restart redis', 'kill redis', 'refuse redis'] as const)
      : []),
  ];
  const drawn = ['kill worker' as const, ...dice.some(kinds, dice.between(2, 4))];
  return drawn.map((kind) => draw(dice, kind, workers, until)).sort((a, b) => a.at - b.at);
}

function draw(dice: Dice, kind: Disturbance['kind'], workers: number, until: number): Disturbance {
  const at = dice.between(300, until);
  switch (kind) {
    case 'kill worker':
      return { at, kind, forMs: dice.between(100, 1_500), worker: dice.between(0, workers - 1) };
    case 'freeze worker':
      // Longer than its lease, so that others take over what it thinks it holds.
      return { at, kind, forMs: dice.between(2_300, 3_500), worker: dice.between(0, workers - 1) };
    case 'outage':
      return { at, kind, forMs: dice.between(500, 2_500), outage: dice.pick(outages) };
    case 'region': {
      const effect = dice.pick([
        { hang: true },
        { status: 500 },
        { slowAnswerMs: { min: 800, max: 2_200 } },
        { awsTransport: {} },
        { awsTransport: {}, afterWork: true },
      ]);
      return { at, kind, forMs: dice.between(1_000, 3_000), region: dice.pick(targets), effect };
    }
    case 'unreachable region':
      return {
        ...{ at, kind, forMs: dice.between(1_000, 4_000) },
        // Where most primaries are, nothing can be called at all.
        region: dice.pick([...targets, 'us-east-1']),
        afterWork: dice.pick([0, 0.5, 1]),
        status: dice.pick([400, 400, 422, 500]),
      };
    case 'refuse redis':
      return { at, kind, forMs: dice.between(500, 2_500), refusal: dice.pick(['READONLY', 'OOM']) };
    default:
      return { at, kind, forMs: dice.between(100, 1_200) };
  }
}
