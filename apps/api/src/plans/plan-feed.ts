import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '@keyferry/log';
import {
  type PlanStatusRow,
  type ReplicaCell,
  readChanges,
  readPlanStatuses,
  readReplicas,
  readRevision,
  type Store,
} from '@keyferry/store';
import { askTogether } from '../http/ask-together.ts';
import type { EventStream } from '../http/open-event-stream.ts';
import { planStatusView } from './plan-view.ts';
import { type ChangedReplicas, type EventFields, RecentChanges, replicasPerMessage } from './recent-changes.ts';
import { replicaView } from './replica-view.ts';

/** A round sends at most two messages, so a stream has at most four a second. */
const usualRoundMs = 500;
/** After this many rounds without changes, rounds are half as frequent. */
const quietRounds = 10;
/** What a plan waits for changes without a change of the plan: so often it is read again for that. */
const checkWaitingMs = 3_000;
/** A feed goes on so long without readers: those whose connection broke come back to it. */
const lingerMs = 5_000;
/** Messages that are kept for others who need the same: those who are slow need many. */
const mostMessages = 16;

/** Somebody who follows a plan. */
interface Reader {
  readonly stream: EventStream;
  readonly fields: EventFields;
  /** The revision and the reading of the plan that were sent last. */
  at: number;
  told: number;
}

export interface Joining {
  readonly fields: EventFields;
  /** Goes on after this revision; null: begins with the plan as it is. */
  readonly since: number | null;
  /** The plan's newest revision. */
  readonly revision: number;
}

type StatusOf = (planId: string) => Promise<PlanStatusRow | undefined>;

/**
 * Feeds of plans to all subscribers. A change is read once and written once, for any number of them:
 * who may see a plan sees all of it, so a feed knows no scopes.
 */
export function planFeeds(store: Store, log: Log, { roundMs = usualRoundMs } = {}) {
  const feeds = new Map<string, PlanFeed>();
  const statusOf: StatusOf = askTogether(async (ids) => {
    const plans = await readPlanStatuses(store.prisma, ids);
    return new Map(plans.map((plan) => [plan.id, plan]));
  });
  const begin = (planId: string, revision: number): PlanFeed => {
    const feed = new PlanFeed(store, statusOf, planId, revision);
    feeds.set(planId, feed);
    const forget = () => feeds.delete(planId);
    void feed.run(roundMs, forget).catch((error: unknown) => {
      forget();
      log.warn({ err: error, plan: planId }, 'subscribers of this plan disconnected: Postgres does not answer');
      feed.close();
    });
    return feed;
  };
  return (planId: string, stream: EventStream, joining: Joining): Promise<void> =>
    (feeds.get(planId) ?? begin(planId, joining.revision)).join(stream, joining);
}

/** One plan, followed for all its readers. */
class PlanFeed {
  readonly #store: Store;
  readonly #statusOf: StatusOf;
  readonly #planId: string;
  readonly #readers = new Set<Reader>();
  readonly #recent = new RecentChanges();
  /** Messages of this round, by content and starting revision. */
  readonly #messages = new Map<string, Buffer>();
  /** What was read of older changes, by where they begin and end. */
  readonly #older = new Map<string, Promise<{ replicas: ChangedReplicas; truncated: boolean }>>();
  #joining = 0;
  #closed = false;
  /** Somebody wants all of each replica. */
  #wantsAll = false;
  #revision: number;
  #plan: PlanStatusRow | null = null;
  /** How often the plan was read for its subscribers. */
  #look = 0;
  /** When there was a subscriber last. */
  #usedAt = Date.now();
  #lookedAt = Date.now();

  constructor(store: Store, statusOf: StatusOf, planId: string, revision: number) {
    this.#store = store;
    this.#statusOf = statusOf;
    this.#planId = planId;
    this.#revision = revision;
  }

  /** Takes in a reader. Rejects when the plan cannot be read. */
  async join(stream: EventStream, { fields, since, revision }: Joining): Promise<void> {
    // A new reader gets no earlier changes, and one that continues from there has missed nothing.
    const begins = since === null || (since === revision && since >= this.#revision);
    const reader: Reader = { stream, fields, at: since ?? Math.max(revision, this.#revision), told: 0 };
    this.#wantsAll ||= fields === 'all';
    this.#joining += 1;
    try {
      await (begins ? this.#greet(reader) : this.#bringBack(reader));
    } finally {
      this.#joining -= 1;
    }
    // It comes again, to a feed that is new.
    if (this.#closed) stream.end();
    if (!stream.isOpen) return;
    this.#readers.add(reader);
    stream.onClose(() => this.#readers.delete(reader));
  }

  /** Sends changes to the readers until there are no changes or no readers. */
  async run(roundMs: number, onEnd: () => void): Promise<void> {
    for (let quiet = 0; ; ) {
      await wait(quiet < quietRounds ? roundMs : 2 * roundMs, undefined, { ref: false });
      if (this.#readers.size + this.#joining > 0) this.#usedAt = Date.now();
      if (Date.now() - this.#usedAt > lingerMs) break;
      quiet = (await this.#round()) ? 0 : quiet + 1;
      if (await this.#isOver()) break;
    }
    onEnd();
    this.close();
  }

  close(): void {
    this.#closed = true;
    for (const { stream } of this.#readers) stream.end();
    this.#readers.clear();
  }

  /** Reads what has changed and sends it to all readers; false: nothing has. */
  async #round(): Promise<boolean> {
    const from = this.#revision;
    const changes = await readChanges(this.#store, this.#planId, from, { most: replicasPerMessage });
    if (changes === null) {
      await this.#lookWhetherItWaits();
    } else {
      const plan = await this.#statusOf(this.#planId);
      const all = this.#wantsAll ? await this.#inFull(changes.replicas) : null;
      const { revision: to, truncated } = changes;
      this.#recent.add({ from, to, matrix: cellsOf(changes.replicas), all, truncated });
      this.#revision = to;
      this.#older.clear();
      this.#show(plan);
    }
    for (const reader of this.#readers) this.#tell(reader);
    return changes !== null;
  }

  /** Brings a reader up to date, unless it has not read the previous message yet. */
  #tell(reader: Reader): void {
    const { stream, fields, at, told } = reader;
    // One who comes from another process may know more than this one.
    if (stream.isBehind || at > this.#revision || (at === this.#revision && told === this.#look)) return;
    const name = `${fields} ${at}`;
    const message = this.#messages.get(name) ?? Buffer.from(this.#replicasSince(at, fields) + this.#planMessage());
    if (this.#messages.size >= mostMessages) this.#messages.clear();
    this.#messages.set(name, message);
    stream.send(message);
    reader.at = this.#revision;
    reader.told = this.#look;
  }

  #replicasSince(since: number, fields: EventFields): string {
    if (fields === 'plan' || since === this.#revision) return '';
    // One who is so late reads the list.
    const { replicas, truncated } = this.#recent.since(since, fields) ?? { replicas: new Map(), truncated: true };
    return this.#replicasMessage(replicas, truncated, this.#revision);
  }

  #replicasMessage(replicas: ChangedReplicas, truncated: boolean, id: number): string {
    if (replicas.size === 0 && !truncated) return '';
    const told = [...replicas.values()].slice(0, replicasPerMessage);
    const isShort = truncated || told.length < replicas.size;
    const data = `{"plan_id":"${this.#planId}","replicas":[${told.join()}],"truncated":${isShort}}`;
    return `event: replica.updated\nid: ${id}\ndata: ${data}\n\n`;
  }

  #planMessage(plan = this.#plan, id = this.#revision): string {
    return plan === null ? '' : `event: plan.updated\nid: ${id}\ndata: ${JSON.stringify(planStatusView(plan))}\n\n`;
  }

  /** Begins a stream with the plan as it is now. */
  async #greet(reader: Reader): Promise<void> {
    const plan = await this.#statusOf(this.#planId);
    if (plan === undefined) return reader.stream.end();
    this.#plan ??= plan;
    reader.stream.send(this.#planMessage(plan, reader.at));
    reader.told = this.#look;
    if (plan.finished_at !== null && (await readRevision(this.#store, this.#planId)) === reader.at) reader.stream.end();
  }

  /** Tells a reader who was here before what has changed meanwhile: from memory, else by one query for all who come so. */
  async #bringBack(reader: Reader): Promise<void> {
    const { fields, at: since } = reader;
    if (since < this.#revision && fields !== 'plan' && this.#recent.since(since, fields) === null) {
      const to = this.#revision;
      const name = `${fields} ${since}`;
      const reading = this.#older.get(name) ?? this.#readOlder(since, to, fields);
      this.#older.set(name, reading);
      const { replicas, truncated } = await reading;
      reader.stream.send(this.#replicasMessage(replicas, truncated, to));
      reader.at = to;
    }
    if (this.#plan === null) this.#show(await this.#statusOf(this.#planId));
    this.#tell(reader);
    if (await this.#isOver()) reader.stream.end();
  }

  async #readOlder(since: number, upTo: number, fields: 'matrix' | 'all') {
    const changes = await readChanges(this.#store, this.#planId, since, { most: replicasPerMessage, upTo });
    const { replicas, truncated } = changes ?? { replicas: [], truncated: false };
    return { replicas: fields === 'all' ? await this.#inFull(replicas) : cellsOf(replicas), truncated };
  }

  async #inFull(cells: readonly ReplicaCell[]): Promise<ChangedReplicas> {
    if (cells.length === 0) return new Map();
    const ids = cells.map(({ id }) => id);
    return new Map((await readReplicas(this.#store, ids)).map((row) => [row.id, JSON.stringify(replicaView(row))]));
  }

  /** The plan as all readers get it. */
  #show(plan: PlanStatusRow | undefined): void {
    this.#plan = plan ?? this.#plan;
    this.#look += 1;
    this.#lookedAt = Date.now();
    this.#messages.clear();
  }

  async #lookWhetherItWaits(): Promise<void> {
    if (Date.now() - this.#lookedAt < checkWaitingMs) return;
    this.#lookedAt = Date.now();
    const plan = await this.#statusOf(this.#planId);
    if (plan && (this.#plan === null || whyOf(plan) !== whyOf(this.#plan))) this.#show(plan);
  }

  /** Whether the plan is finished and everything is sent. */
  async #isOver(): Promise<boolean> {
    if (this.#plan === null || this.#plan.finished_at === null) return false;
    return (await readRevision(this.#store, this.#planId)) === this.#revision;
  }
}

function cellsOf(replicas: readonly ReplicaCell[]): ChangedReplicas {
  return new Map(
    replicas.map(({ id, keyId, region, state }) => [id, JSON.stringify({ key_id: keyId, region, state })]),
  );
}

/** Why a plan waits, without the times in it: a probe that comes round again is no news. */
function whyOf(plan: PlanStatusRow): string | null {
  const { waiting } = planStatusView(plan);
  return waiting && `${waiting.code} ${waiting.since}`;
}
