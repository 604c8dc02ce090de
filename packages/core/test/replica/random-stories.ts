import fc from 'fast-check';
import { LifeStory, type StoreStep } from '../../../../test/models/replica/life-story.ts';
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
import { type ErrorCode, errorRule } from '../../src/errors/index.ts';
import { isTerminalReplicaState } from '../../src/replica/states.ts';

/** What may become of a replica: the worlds, the plans and the events of stories, for fast-check. */

export type Event =
  | ({ readonly what: 'work' } & Luck)
  | { readonly what: 'wait'; readonly ms: number }
  | { readonly what: keyof typeof happenings };

/** What may happen around a row at any time. */
const happenings = {
  'a worker dies': (story: LifeStory) => story.workerDies(),
  'the sweeper comes by': (story: LifeStory) => void story.sweep(),
  'the plan is cancelled': (story: LifeStory) => story.cancel(),
  'a person retries': (story: LifeStory) => story.retry(),
  'another caller makes the replica': ({ world }: LifeStory) => world.make(null),
  'another plan makes the replica': (story: LifeStory) => story.anotherPlanMakesIt(),
  'a call lands late': ({ world }: LifeStory) => {
    const call = world.underWay.shift();
    if (call !== undefined) world.make(call);
  },
  'CCKM synchronises': ({ world }: LifeStory) => {
    if (world.replica) world.replica.listed = true;
  },
  'another caller deletes the replica': (story: LifeStory) => dispose(story, 'deleting'),
  'another caller cancels the deletion': (story: LifeStory) => dispose(story, 'disabled'),
  'another caller enables the replica': (story: LifeStory) => dispose(story, 'live'),
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

export const events: fc.Arbitrary<Event[]> = fc.array(
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

export const worlds: fc.Arbitrary<WorldRules> = fc.record({
  origin: fc.constantFrom('AWS_KMS' as const, 'EXTERNAL' as const, 'EXTERNAL' as const),
  importsAfterMs: fc.option(fc.nat(60_000), { freq: 1 }),
  records: fc.boolean(),
  creatingMs: fc.oneof(fc.nat(5_000), fc.nat(5_000), fc.nat(5 * 60_000)),
  earlyEnabledMs: fc.oneof(fc.constant(0), fc.nat(60_000)),
  rotated: fc.boolean(),
  importsTake: fc.nat(9).map((of) => of > 0),
  strangerFirst: fc.nat(9).map((of) => of === 0),
});
export const plans = fc.record({
  withAlias: fc.boolean(),
  importMaterial: fc.nat(3).map((of) => of > 0),
  maxAttempts: fc.integer({ min: 1, max: 4 }),
});

/** An alias is refused only where one was asked for. */
function fateIn({ withAlias }: PlanRules, fate: Fate): Fate {
  const ofAlias = fate.kind === 'alias refused' || fate.kind === 'alias left out';
  return ofAlias && !withAlias ? { kind: 'answered' } : fate;
}

/** All of it, in its order. */
export function tell(story: LifeStory, plan: PlanRules, order: readonly Event[]): void {
  for (const event of order)
    happen(story, event.what === 'work' ? { ...event, fate: fateIn(plan, event.fate) } : event);
}

export function happen(story: LifeStory, event: Event): void {
  if (event.what === 'work') {
    // Nothing to do yet: time passes until there is.
    if (!story.work(event)) story.world.now = Math.max(story.world.now, story.nextDue ?? 0);
  } else if (event.what === 'wait') story.world.now += event.ms;
  else happenings[event.what](story);
}

export const smoothWork = {
  what: 'work',
  fate: { kind: 'answered' },
  view: 'truth',
  cckmIsDown: false,
  random: 0.5,
} as const satisfies Event;

/** From here on CCKM reports correctly, workers live and calls are answered: the row ends within so many steps. */
export function goOnToTheEnd(story: LifeStory, most: number): void {
  for (let step = 0; step < most; step += 1) {
    if (isTerminalReplicaState(story.row.state)) return;
    if (story.sweep() || story.work(smoothWork)) continue;
    const due = story.nextDue;
    if (due === null) story.promises.fail(`${story.row.state}, and nothing is ever due`);
    story.world.now = Math.max(story.world.now + 1, due);
  }
  story.promises.fail(`still ${story.row.state} after ${most} steps`);
}

/**
 * What the store does in random stories, as far as it tells something new: of so many stories those in which something
 * happens to the row that has not happened twice before, up to where it does. The same ones for the same seed.
 */
export function stepsOfStories(count: number, seed: number): { origin: WorldRules['origin']; steps: StoreStep[] }[] {
  const seen = new Map<string, number>();
  return fc.sample(fc.tuple(worlds, plans, events), { seed, numRuns: count }).flatMap(([world, plan, order]) => {
    const steps: StoreStep[] = [];
    const story = new LifeStory(world, plan, (step) => steps.push(step));
    tell(story, plan, order);
    let told = 0;
    for (const [i, step] of steps.entries()) {
      const times = seen.get(situationOf(step)) ?? 0;
      seen.set(situationOf(step), times + 1);
      if (times < 2) told = i + 1;
    }
    return told === 0 ? [] : [{ origin: world.origin, steps: steps.slice(0, told) }];
  });
}

/** What happens to a row as it stands, and what of it changes; what a worker writes down may be anything. */
function situationOf({ what, before, after }: StoreStep): string {
  const changed = (Object.keys(after) as (keyof StoreStep['after'])[]).filter((name) => after[name] !== before[name]);
  const stands = [what, before.state, before.held?.work, before.held?.dead, before.slotAt !== null];
  return JSON.stringify(what === 'record' ? stands : [...stands, after.state, changed]);
}
