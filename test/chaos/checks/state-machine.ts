import type { AuditEntry } from '../run/audit.ts';
import type { Evidence } from '../run/evidence.ts';
import { terminal, type Violation } from './violation.ts';

/** Every row goes by the state machine, ends once, and stays so but for a retry. */
export function* statesGoByTheMachine({ audit, rows, transitions, plans }: Evidence): Iterable<Violation> {
  const promise = 'a replica reaches exactly one terminal state, and leaves it by a retry alone';
  const lives = Map.groupBy(audit, ({ replica }) => replica);
  const retried = new Set(plans.filter(({ told }) => told.includes('retry')).map(({ id }) => id));
  for (const row of rows) {
    const life = lives.get(row.id) ?? [];
    const wrong = (what: string): Violation => ({ promise, what, evidence: { row, life: life.map(step) } });
    if (!terminal.has(row.state)) yield wrong('it has not ended');
    if (life.at(-1)?.to !== row.state) yield wrong('its last change is not its state');
    if (terminal.has(row.state) && (row.held || row.watched)) yield wrong('it has ended and is still worked on');
    yield* life.flatMap(({ from, to }, i) => {
      if (i === 0) return from === null ? [] : [wrong('it was changed before it was there')];
      if (from !== life[i - 1]?.to) return [wrong(`${from} does not follow ${life[i - 1]?.to}`)];
      return transitions.has(`${from} > ${to}`) ? [] : [wrong(`${from} > ${to} is no transition`)];
    });
    const retries = life.filter(({ from, to }) => terminal.has(from ?? '') && to === 'pending').length;
    const ends = life.filter(({ to }) => terminal.has(to)).length;
    if (ends !== retries + 1) yield wrong(`it has ended ${ends} times after ${retries} retries`);
    if (retries > 0 && !retried.has(row.plan)) yield wrong('it was retried and nobody asked for it');
  }
}

const step = ({ at, from, to }: AuditEntry): string => `${new Date(at).toISOString()} ${from} > ${to}`;
