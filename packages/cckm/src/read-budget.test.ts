import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CckmError } from './cckm-error.ts';
import { Latencies } from './latencies.ts';
import { ReadBudget, type ReadUrgency } from './read-budget.ts';

const failure = (httpStatus: number | null, retryAfterMs: number | null = null) =>
  new CckmError({
    ...(httpStatus === 429 ? { code: 'rate_limited' as const } : { code: 'cckm_unavailable' as const }),
    message: 'no',
    httpStatus,
    retryAfterMs,
  });

/** A read that ends when it is let go. */
function held() {
  let end: () => void = () => undefined;
  const until = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { read: () => until, end };
}

describe('the budget of reads', () => {
  it('lets so many a second through, whoever asks and however many wait', async () => {
    const budget = new ReadBudget({ perSecond: 100, atOnce: 50 });
    const begun: number[] = [];
    const start = performance.now();
    await Promise.all(
      Array.from({ length: 150 }, () => budget.run('normal', 'x', async () => begun.push(performance.now() - start))),
    );
    // The turns of a second may be taken at once.
    expect(begun.at(-1)).toBeGreaterThan(450);
    expect(begun.filter((at) => at < 100).length).toBeLessThanOrEqual(111);
  });

  it('has so many under way at once, of bulk work half as many', async () => {
    const budget = new ReadBudget({ perSecond: 1_000, atOnce: 4 });
    const all = Array.from({ length: 6 }, held);
    const bulk = all.slice(0, 3).map(({ read }) => budget.run('last', 'x', read));
    expect(budget.now()).toMatchObject({ underWay: 2, waiting: 1, atOnce: 4, perSecond: 1_000 });
    const first = all.slice(3).map(({ read }) => budget.run('first', 'x', read));
    expect(budget.now()).toMatchObject({ underWay: 4, waiting: 2 });
    for (const { end } of all) end();
    await Promise.all([...bulk, ...first]);
    expect(budget.now()).toMatchObject({ underWay: 0, waiting: 0 });
  });

  it('lets what settles a call go before bulk work, and bulk work goes on all the same', async () => {
    const budget = new ReadBudget({ perSecond: 1_000, atOnce: 1 });
    const { read, end } = held();
    const running = budget.run('normal', 'x', read);
    const order: ReadUrgency[] = [];
    const ask = (urgency: ReadUrgency) => budget.run(urgency, 'x', async () => void order.push(urgency));
    const asked = [ask('last'), ...Array.from({ length: 20 }, () => ask('first')), ask('normal')];
    end();
    await Promise.all([running, ...asked]);
    expect(order[0]).toBe('first');
    expect(order.indexOf('last')).toBeGreaterThan(2);
    expect(order.indexOf('last')).toBeLessThan(12);
  });

  it('halves after a 429 and keeps its Retry-After, then comes back', async () => {
    const budget = new ReadBudget({ perSecond: 100, atOnce: 10 });
    await expect(budget.run('normal', 'x', () => Promise.reject(failure(429, 300)))).rejects.toThrow();
    expect(budget.now().perSecond).toBeLessThan(55);
    expect(budget.now().atOnce).toBe(5);
    const start = performance.now();
    await budget.run('first', 'x', async () => undefined);
    expect(performance.now() - start).toBeGreaterThan(250);
    const before = budget.now().perSecond;
    await wait(300);
    expect(budget.now().perSecond).toBeGreaterThan(before);
  });

  it('slows down where many reads fail, not where one in a hundred does, and never to nothing', async () => {
    const budget = new ReadBudget({ perSecond: 10_000, atOnce: 10 });
    const ends = async (error: Error | null) => {
      const read = () => (error === null ? Promise.resolve() : Promise.reject(error));
      await budget.run('normal', 'x', read).catch(() => undefined);
    };
    for (let i = 0; i < 200; i += 1) await ends(i % 100 === 50 ? failure(500) : null);
    expect(budget.now().perSecond).toBe(10_000);
    for (let i = 0; i < 20; i += 1) await ends(failure(503));
    expect(budget.now().perSecond).toBeLessThan(6_000);
    expect(budget.now().perSecond).toBeGreaterThanOrEqual(1_000);
  });

  it('drops bulk work that waits when the process stops, and nothing else', async () => {
    const budget = new ReadBudget({ perSecond: 1_000, atOnce: 1 });
    const { read, end } = held();
    const running = budget.run('normal', 'x', read);
    const bulk = budget.run('last', 'x', async () => undefined);
    const settling = budget.run('first', 'x', async () => 'read');
    budget.dropBulk();
    await expect(bulk).rejects.toMatchObject({ code: 'not_sent' });
    await expect(budget.run('last', 'x', async () => undefined)).rejects.toMatchObject({ code: 'not_sent' });
    end();
    await running;
    expect(await settling).toBe('read');
  });
});

describe('answers that take longer and longer', () => {
  it('are noticed by kind, and forgotten where they stay so', () => {
    const latencies = new Latencies();
    const notes = (kind: string, ms: number, times: number) =>
      Array.from({ length: times }, () => latencies.note(kind, ms));
    expect(notes('list 500', 2_000, 30)).not.toContain(true);
    expect(notes('get', 50, 30)).not.toContain(true);
    expect(notes('get', 140, 30)).not.toContain(true);
    const slow = notes('get', 2_000, 600);
    expect(slow.slice(0, 10)).toContain(true);
    expect(slow.at(-1)).toBe(false);
  });
});
