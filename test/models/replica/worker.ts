import { errorRule, toReplicaError } from '../../../packages/core/src/errors/index.ts';
import { type AliasHolder, afterAliased, afterAliasRefused } from '../../../packages/core/src/replica/after-alias.ts';
import { afterImported, afterImportRefused } from '../../../packages/core/src/replica/after-import.ts';
import { afterLook } from '../../../packages/core/src/replica/after-look.ts';
import {
  afterAccepted,
  afterRefused,
  type CallContext,
  type CallFailure,
} from '../../../packages/core/src/replica/after-replicate.ts';
import type { FoundReplica } from '../../../packages/core/src/replica/found-replica.ts';
import type { Decision, ReplicaLife } from '../../../packages/core/src/replica/life.ts';
import type { PlanRules, Promises } from './promises.ts';
import type { Held, ModelRow } from './row.ts';
import { type Fate, failureOf, pollMs, type Seen, type View, type World } from './world.ts';

/** How one step of work turns out. */
export interface Luck {
  readonly fate: Fate;
  readonly view: View;
  readonly cckmIsDown: boolean;
  /** 0..1, for every random pause. */
  readonly random: number;
}

/** What a worker found out about the row in its hands, to be written down. */
export interface Outcome {
  readonly what: string;
  readonly changes: Partial<ReplicaLife>;
}

const watchRules = { pollMs, timeoutMs: 20 * 60_000 };
const askAgainMs = 5_000;

/** A worker with one row in its hands: the calls are the world's, the decisions are the product's. */
export class Worker {
  readonly #world: World;
  readonly #plan: PlanRules;
  readonly #promises: Promises;
  #calls = 0;
  /** What a call that was sent has answered; it is not written down yet. Null: success. */
  #answer: { readonly call: number; readonly failure: CallFailure | null; readonly more: number } | null = null;
  #notThere = false;

  constructor(world: World, plan: PlanRules, promises: Promises) {
    this.#world = world;
    this.#plan = plan;
    this.#promises = promises;
  }

  /** Takes a row in hand, as it is claimed. */
  begin(): void {
    this.#answer = null;
    this.#notThere = false;
  }

  /** The next step; null: the row is still in hand. */
  goOn(row: ModelRow, work: Held['work'], luck: Luck): Outcome | null {
    if (work === 'look') return this.#look(row, luck);
    if (this.#answer) return this.#write(row, work, luck, this.#answer);
    if (work === 'import') {
      const more = this.#world.missing - 1;
      this.#answer = { call: 0, failure: this.#world.import(luck.fate), more: Math.max(0, more) };
      return null;
    }
    if (work === 'alias') {
      this.#answer = { call: 0, failure: this.#world.addAlias(luck.fate), more: 0 };
      return null;
    }
    if (row.look_first && !this.#notThere) return this.#lookFirst(row, luck);
    this.#calls += 1;
    this.#promises.called(row);
    this.#answer = { call: this.#calls, failure: this.#world.replicate(this.#calls, luck.fate), more: 0 };
    return null;
  }

  /** apps/worker/src/watch/watch.ts. */
  #look(row: ModelRow, { view, random }: Luck): Outcome {
    if (view !== 'unreadable') return this.#decideByLook('look', view, random, row);
    return { what: 'look failed', changes: { next_look_at: new Date(this.#world.now + Math.min(askAgainMs, pollMs)) } };
  }

  /** apps/worker/src/call/replicate.ts: `lookFirst`. */
  #lookFirst(row: ModelRow, { view, fate, random }: Luck): Outcome | null {
    const now = new Date(this.#world.now);
    if (view === 'unreadable') {
      const failure = failureOf('code' in fate ? fate.code : 'connection_refused');
      const what = `first look failed (${failure.code})`;
      if (errorRule(failure.code).verdict === 'final')
        return { what, changes: { state: 'failed', error: { ...toReplicaError(failure), retryable: false } } };
      const delay = Math.max(failure.retryAfterMs ?? 0, askAgainMs * (0.5 + random));
      return { what, changes: { state: 'pending', not_before: new Date(now.getTime() + delay) } };
    }
    if (this.#world.show(view) !== null)
      return this.#decideByLook('first look', view, random, { ...row, unsettled_since: now });
    this.#promises.asked(false);
    this.#notThere = true;
    return null;
  }

  /** apps/worker/src/cckm/found-replica.ts: a node that lags, or lies, does not show the alias. */
  #compared(found: Seen | null, view: View): FoundReplica | null {
    const { aliasListed, ...replica } = found ?? { aliasListed: false };
    if (!('id' in replica)) return null;
    const lacks = this.#plan.withAlias && !(aliasListed && view === 'truth');
    return {
      ...replica,
      differences: lacks ? [{ field: 'alias', wanted: 'alias/wanted', present: [] }] : [],
    };
  }

  #decideByLook(what: string, view: Exclude<View, 'unreadable'>, random: number, row: ModelRow): Outcome {
    const found = this.#world.show(view);
    this.#promises.asked(found !== null);
    const { importMaterial, maxAttempts } = this.#plan;
    const { changes, note, synchronize } = afterLook(row, this.#compared(found, view), {
      now: new Date(this.#world.now),
      random: () => random,
      watch: watchRules,
      importMaterial,
      maxAttempts,
    });
    this.#promises.believed(view === 'truth', changes);
    if (synchronize && this.#world.replica) this.#world.replica.listed = true;
    return { what: `${what} (${view}): ${note}`, changes };
  }

  /** apps/worker/src/call/, replicate.ts, import-material.ts and add-alias.ts: what is written down after a call. */
  #write(
    row: ModelRow,
    work: 'replicate' | 'import' | 'alias',
    { random, cckmIsDown, view }: Luck,
    { call, failure, more }: { call: number; failure: CallFailure | null; more: number },
  ): Outcome {
    const { maxAttempts } = this.#plan;
    const now = new Date(this.#world.now);
    const context: CallContext = { now, random: () => random, maxAttempts, watch: watchRules, cckmIsDown };
    const decision = {
      import: () => this.#imported(row, failure, more, context),
      alias: () => this.#aliased(row, failure, context, view),
      replicate: () => this.#replicated(row, failure, context),
    }[work]();
    if (work === 'replicate') this.#promises.answered(call, failure);
    const asked = work === 'replicate' && this.#notThere ? { look_first: false } : {};
    return {
      what: `${work} (${failure?.code ?? 'accepted'}): ${decision.note}`,
      changes: { ...asked, ...decision.changes },
    };
  }

  #imported(row: ModelRow, failure: CallFailure | null, more: number, context: CallContext): Decision {
    return failure ? afterImportRefused(row, failure, context) : afterImported(row, { more }, context);
  }

  #aliased(row: ModelRow, failure: CallFailure | null, context: CallContext, view: View): Decision {
    if (failure === null) return afterAliased(context);
    const holder: AliasHolder =
      this.#world.replica?.alias && view === 'truth' ? { who: 'this replica' } : { who: 'not listed' };
    return afterAliasRefused(row, failure, context, holder);
  }

  #replicated(row: ModelRow, failure: CallFailure | null, context: CallContext): Decision {
    if (failure) return afterRefused(row, failure, context, this.#plan);
    return afterAccepted(row, { replicaKeyId: 'replica-in-cckm', replicaArn: null }, context);
  }
}
