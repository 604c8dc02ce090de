import fc from 'fast-check';
import { describe, it } from 'vitest';
import { LifeStory } from '../../../../test/models/replica/life-story.ts';
import type { PlanRules } from '../../../../test/models/replica/promises.ts';
import type { Luck } from '../../../../test/models/replica/worker.ts';
import {
  codesOfAlias,
  codesThatDidNotLand,
  codesThatMayHaveLanded,
  type Fate,
  views,
  type WorldRules,
} from '../../../../test/models/replica/world.ts';
import { type ErrorCode, errorRule } from '../errors/index.ts';
import { isTerminalReplicaState } from './states.ts';

/** The same runs everywhere; another seed or more of them by hand: FC_SEED, FC_RUNS. */
const seed = Number(process.env.FC_SEED ?? 20_261_124);
const numRuns = Number(process.env.FC_RUNS ?? 20_000);

type Event =
  | ({ readonly what: 'work' } & Luck)
  | { readonly what: 'wait'; readonly ms: number }
  | { readonly what: keyof typeof happenings };

/** What may happen around a row at any time. */
const happenings = {
  'a worker dies': (story: LifeStory) => story.workerDies(),
  'the sweeper comes by': (story: LifeStory) => void story.sweep(),
  'the plan is cancelled': (story: LifeStory) => story.cancel(),
  'a person retries': (story: LifeStory) => story.retry(),
  'somebody else makes the replica': ({ world }: LifeStory) => world.make(null),
  'another plan makes the replica': (story: LifeStory) => story.anotherPlanMakesIt(),
  'a call lands late': ({ world }: LifeStory) => {
    const call = world.underWay.shift();
    if (call !== undefined) world.make(call);
  },
  'CCKM synchronises': ({ world }: LifeStory) => {
    if (world.replica) world.replica.listed = true;
  },
  'somebody deletes the replica': (story: LifeStory) => dispose(story, 'deleting'),
  'somebody takes the deletion back': (story: LifeStory) => dispose(story, 'disabled'),
  'somebody enables the replica': (story: LifeStory) => dispose(story, 'live'),
};

function dispose({ world: { replica } }: LifeStory, to: 'live' | 'disabled' | 'deleting'): void {
  if (replica) Object.assign(replica, { disposition: to, polled: true });
}

const refused = (codes: readonly ErrorCode[]) =>
  fc.record({
    kind: fc.constant('refused' as const),
    code: fc.constantFrom(...codes),
    retryAfterMs: fc.constantFrom(null, 0, 90_000),
  });

const fates: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Fate>({ kind: 'answered' }) },
  { weight: 3, arbitrary: refused(codesThatDidNotLand.filter((code) => errorRule(code).verdict !== 'final')) },
  { weight: 1, arbitrary: refused(codesThatDidNotLand) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('alias refused' as const), code: fc.constantFrom(...codesOfAlias) }),
  },
  { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'alias left out' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('lost' as const),
      code: fc.constantFrom(...codesThatMayHaveLanded),
      work: fc.constantFrom('never' as const, 'after' as const, 'late' as const),
    }),
  },
);

const works = fc.record({
  what: fc.constant('work' as const),
  fate: fates,
  view: fc.oneof({ weight: 3, arbitrary: fc.constant('truth' as const) }, fc.constantFrom(...views)),
  cckmIsDown: fc.boolean(),
  random: fc.double({ min: 0, max: 1, noNaN: true }),
});

const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    { weight: 32, arbitrary: works },
    {
      weight: 8,
      arbitrary: fc.record({
        what: fc.constant('wait' as const),
        ms: fc.oneof(fc.nat(500), fc.nat(4_000), fc.nat(60_000), fc.nat(25 * 60_000)),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ what: fc.constantFrom('a worker dies' as const, 'a person retries' as const) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ what: fc.constantFrom(...(Object.keys(happenings) as (keyof typeof happenings)[])) }),
    },
  ),
  { maxLength: 120, size: 'max' },
);

const worlds: fc.Arbitrary<WorldRules> = fc.record({
  origin: fc.constantFrom('AWS_KMS' as const, 'EXTERNAL' as const, 'EXTERNAL' as const),
  importsAfterMs: fc.option(fc.nat(60_000), { freq: 1 }),
  records: fc.boolean(),
  creatingMs: fc.oneof(fc.nat(5_000), fc.nat(5_000), fc.nat(5 * 60_000)),
  earlyEnabledMs: fc.oneof(fc.constant(0), fc.nat(60_000)),
  rotated: fc.boolean(),
  importsTake: fc.nat(9).map((of) => of > 0),
  strangerFirst: fc.nat(9).map((of) => of === 0),
});
const plans = fc.record({
  withAlias: fc.boolean(),
  importMaterial: fc.nat(3).map((of) => of > 0),
  maxAttempts: fc.integer({ min: 1, max: 4 }),
});

/** An alias is refused only where one was asked for. */
function fateIn({ withAlias }: PlanRules, fate: Fate): Fate {
  const ofAlias = fate.kind === 'alias refused' || fate.kind === 'alias left out';
  return ofAlias && !withAlias ? { kind: 'answered' } : fate;
}

function happen(story: LifeStory, event: Event): void {
  if (event.what === 'work') {
    // Nothing to do yet: time passes until there is.
    if (!story.work(event)) story.world.now = Math.max(story.world.now, story.nextDue ?? 0);
  } else if (event.what === 'wait') story.world.now += event.ms;
  else happenings[event.what](story);
}

const smoothWork = {
  what: 'work',
  fate: { kind: 'answered' },
  view: 'truth',
  cckmIsDown: false,
  random: 0.5,
} as const satisfies Event;

/** From here on CCKM tells the truth, workers live and calls are answered: the row ends within so many steps. */
function goOnToTheEnd(story: LifeStory, most: number): void {
  for (let step = 0; step < most; step += 1) {
    if (isTerminalReplicaState(story.row.state)) return;
    if (story.sweep() || story.work(smoothWork)) continue;
    const due = story.nextDue;
    if (due === null) story.promises.fail(`${story.row.state}, and nothing is ever due`);
    story.world.now = Math.max(story.world.now + 1, due);
  }
  story.promises.fail(`still ${story.row.state} after ${most} steps`);
}

/** Milliseconds: a busy machine takes a while for twenty thousand stories. */
const timeout = 120_000;

describe('a replica, whatever happens in whatever order', { timeout }, () => {
  it('keeps its promises at every step, and ends soon once the faults do', () => {
    fc.assert(
      fc.property(worlds, plans, events, (world, plan, order) => {
        const story = new LifeStory(world, plan);
        for (const event of order)
          happen(story, event.what === 'work' ? { ...event, fate: fateIn(plan, event.fate) } : event);
        goOnToTheEnd(story, 8_000);
      }),
      { seed, numRuns },
    );
  });

  it('ends well when nothing fails, however long CCKM, a worker or a slot keeps it waiting', () => {
    // What CCKM shows first after it was away is what it knew before.
    const afterRest = fc.constantFrom('truth' as const, 'stale' as const, 'misses' as const);
    const rest = fc.record({
      ms: fc.oneof(fc.constant(0), fc.nat(60_000), fc.nat(3 * 3_600_000)),
      view: afterRest,
    });
    fc.assert(
      fc.property(worlds, fc.array(rest, { maxLength: 30 }), fc.boolean(), (world, rests, withAlias) => {
        const story = new LifeStory(
          { ...world, importsTake: true },
          { importMaterial: true, maxAttempts: 2, withAlias },
        );
        for (const { ms, view } of rests) {
          story.world.now += ms;
          story.sweep();
          const event = { ...smoothWork, view: ms > 30_000 ? view : 'truth' } as const;
          happen(story, event);
          happen(story, event);
        }
        goOnToTheEnd(story, 8_000);
        const { state, error } = story.row;
        // A stranger's replica without material is given it: that is more than that it was there.
        const good = world.strangerFirst && world.origin === 'AWS_KMS' ? 'already_present' : 'succeeded';
        if (state !== good) story.promises.fail(`${state} (${error?.code}) and not ${good}`);
      }),
      { seed, numRuns },
    );
  });
});
