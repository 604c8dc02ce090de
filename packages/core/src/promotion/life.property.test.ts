import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type SetRules, setViews } from '../../../../test/models/promotion/moving-set.ts';
import { type Luck, PromotionStory } from '../../../../test/models/promotion/promotion-story.ts';
import { codesThatDidNotLand, codesThatMayHaveLanded, type Fate } from '../../../../test/models/replica/world.ts';
import { errorRule } from '../errors/index.ts';
import { isTerminalReplicaState } from '../replica/states.ts';

/** The same runs everywhere; another seed or more of them by hand: FC_SEED, FC_RUNS. */
const seed = Number(process.env.FC_SEED ?? 20_261_124);
const numRuns = Number(process.env.FC_RUNS ?? 10_000);

type Event =
  | ({ readonly what: 'work' } & Luck)
  | { readonly what: 'wait'; readonly ms: number }
  | { readonly what: keyof typeof happenings };

/** What may happen around a row at any time. */
const happenings = {
  'a worker dies': (story: PromotionStory) => story.workerDies(),
  'the sweeper comes by': (story: PromotionStory) => void story.sweep(),
  'a person retries': (story: PromotionStory) => story.retry(),
  'the plan is cancelled': (story: PromotionStory) => story.cancel(),
  'a call lands late': ({ set }: PromotionStory) => {
    const from = set.underWay.shift();
    if (from !== undefined) set.move(from, 'eu-west-1');
  },
  'somebody else moves it there': ({ set }: PromotionStory) => void set.move('us-east-1', 'eu-west-1'),
  'somebody else moves it elsewhere': ({ set }: PromotionStory) => void set.move('us-east-1', 'ap-south-1'),
};

const refused = fc.constantFrom(...codesThatDidNotLand.filter((code) => errorRule(code).verdict !== 'final'));
const fates: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fate>({ kind: 'answered' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refused' as const),
      code: refused,
      retryAfterMs: fc.constantFrom(null, 0, 90_000),
    }),
  },
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
  view: fc.oneof({ weight: 4, arbitrary: fc.constant('records' as const) }, fc.constantFrom(...setViews)),
  random: fc.double({ min: 0, max: 1, noNaN: true }),
});
const waits = fc.record({ what: fc.constant('wait' as const), ms: fc.oneof(fc.nat(4_000), fc.nat(25 * 60_000)) });
const others = fc.record({ what: fc.constantFrom(...(Object.keys(happenings) as (keyof typeof happenings)[])) });
const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof({ weight: 16, arbitrary: works }, { weight: 4, arbitrary: waits }, { weight: 3, arbitrary: others }),
  { maxLength: 100, size: 'max' },
);
const sets: fc.Arbitrary<SetRules> = fc.record({
  movingMs: fc.oneof(fc.nat(5_000), fc.nat(120_000)),
  staleMs: fc.oneof(fc.constant(0), fc.nat(60_000), fc.constant(null)),
});

const smoothWork = { what: 'work', fate: { kind: 'answered' }, view: 'records', random: 0.5 } as const satisfies Event;

function happen(story: PromotionStory, event: Event): void {
  const { set } = story;
  if (event.what === 'work') {
    if (!story.work(event)) set.now = Math.max(set.now, story.nextDue ?? 0);
  } else if (event.what === 'wait') set.now += event.ms;
  else happenings[event.what](story);
}

/** From here on CCKM tells its records, workers live and calls are answered: the row ends within so many steps. */
function goOnToTheEnd(story: PromotionStory, most: number): void {
  for (let step = 0; step < most; step += 1) {
    if (isTerminalReplicaState(story.row.state)) return;
    if (story.sweep() || story.work(smoothWork)) continue;
    const due = story.nextDue;
    if (due === null) story.fail(`${story.row.state}, and nothing is ever due`);
    story.set.now = Math.max(story.set.now + 1, due);
  }
  story.fail(`still ${story.row.state} after ${most} steps`);
}

describe('a promotion, whatever happens in whatever order', () => {
  it('keeps its promises at every step, and ends soon once the faults do', () => {
    fc.assert(
      fc.property(sets, events, (rules, order) => {
        const story = new PromotionStory(rules);
        for (const event of order) happen(story, event);
        goOnToTheEnd(story, 8_000);
      }),
      { seed, numRuns },
    );
  });

  it('ends well when nothing fails, though workers die and records are old', () => {
    fc.assert(
      fc.property(sets, fc.array(fc.nat(12), { maxLength: 5 }), (rules, deaths) => {
        const story = new PromotionStory(rules);
        for (const steps of deaths) {
          for (let step = 0; step < steps; step += 1) happen(story, smoothWork);
          story.workerDies();
          story.sweep();
        }
        goOnToTheEnd(story, 8_000);
        const { state, error } = story.row;
        if (state !== 'succeeded') story.fail(`${state} (${error?.code}) and not succeeded`);
      }),
      { seed, numRuns },
    );
  });
});
