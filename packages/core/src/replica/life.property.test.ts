import fc from 'fast-check';
import { describe, it } from 'vitest';
import { LifeStory } from '../../../../test/models/replica/life-story.ts';
import { events, goOnToTheEnd, happen, plans, smoothWork, tell, worlds } from '../../test/replica/random-stories.ts';

/** The same runs everywhere; another seed or more of them by hand: FC_SEED, FC_RUNS. */
const seed = Number(process.env.FC_SEED ?? 20_261_124);
const numRuns = Number(process.env.FC_RUNS ?? 20_000);

/** Milliseconds: a busy machine takes a while for twenty thousand stories. */
const timeout = 120_000;

describe('a replica, whatever happens in whatever order', { timeout }, () => {
  it('keeps its promises at every step, and ends soon once the faults do', () => {
    fc.assert(
      fc.property(worlds, plans, events, (world, plan, order) => {
        const story = new LifeStory(world, plan);
        tell(story, plan, order);
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
