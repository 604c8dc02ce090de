import { type ErrorCode, errorCatalogue, errorRule } from '../../../packages/core/src/errors/index.ts';
import type { CallFailure } from '../../../packages/core/src/replica/after-replicate.ts';
import type { FoundReplica } from '../../../packages/core/src/replica/found-replica.ts';

/** The world of the property tests: what is in AWS, what CCKM shows of it, and what the network makes of a call. */

export const pollMs = 1_000;
/**
 * How long CCKM may say `Enabled` of an EXTERNAL replica before its first look at AWS, when there are no rotation records
 * that tell otherwise: nothing sees through a lie that lasts longer (`settlePolls` in after-look.ts).
 */
const longestEarlyEnabledMs = 11 * pollMs;

export interface WorldRules {
  readonly origin: 'AWS_KMS' | 'EXTERNAL';
  /** CCKM imports material by itself this long after a replica is made; null: it does not. */
  readonly importsAfterMs: number | null;
  /** CCKM keeps rotation records, so that its list tells whether the material is there. */
  readonly records: boolean;
  /** The primary was rotated: it has two materials, and the replica needs both. */
  readonly rotated: boolean;
  /** How long KMS makes a replica. */
  readonly creatingMs: number;
  /** How long CCKM says `Enabled` before it has asked AWS. */
  readonly earlyEnabledMs: number;
  /** CCKM takes an import and its material arrives; otherwise it takes it and nothing comes of it. */
  readonly importsTake: boolean;
  /** Somebody made the replica outside CCKM, which does not list it yet, before the plan came. */
  readonly strangerFirst: boolean;
}

/** What a look is shown. `truth` is CCKM as its contract describes it; the rest is a node that lags, or worse. */
export const views = ['truth', 'misses', 'stale', 'lies', 'unreadable'] as const;
export type View = (typeof views)[number];

/** What becomes of a call. `after` and `late`: the work is done, at once or later, and the answer is lost. */
export type Fate =
  /** The replica is made, and its alias is refused. */
  | { readonly kind: 'alias refused'; readonly code: ErrorCode }
  /** The call is accepted, and the alias is not made. */
  | { readonly kind: 'alias left out' }
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly retryAfterMs: number | null }
  | { readonly kind: 'lost'; readonly code: ErrorCode; readonly work: 'never' | 'after' | 'late' };

/** No call answers with a difference: it is found by reading. */
const codes = (Object.keys(errorCatalogue) as ErrorCode[]).filter((code) => code !== 'replica_differs');
export const codesThatMayHaveLanded = codes.filter((code) => errorRule(code).mayHaveLanded);
export const codesOfAlias = codes.filter((code) => errorRule(code).fromAlias || code === 'alias_taken');
/** Without AlreadyExists: only the world says that, and only when it is true. */
export const codesThatDidNotLand = codes.filter((code) => !errorRule(code).mayHaveLanded && code !== 'already_exists');

export function failureOf(code: ErrorCode, retryAfterMs: number | null = null): CallFailure {
  const { mayHaveLanded } = errorRule(code);
  return { code, message: code, httpStatus: 400, providerCode: null, retryAfterMs, mayHaveLanded };
}

export interface RealReplica {
  /** Which of our calls made it; null: somebody else did. */
  readonly madeByCall: number | null;
  readonly madeAt: number;
  /** CCKM lists it; what was made outside CCKM only after a synchronisation. */
  listed: boolean;
  /** Materials that were sent and arrived. */
  imported: number;
  /** It has the alias that the plan asks for. */
  alias: boolean;
  disposition: 'live' | 'disabled' | 'deleting';
  /** CCKM has looked at it in AWS, since somebody did something with it: it says no early `Enabled` any more. */
  polled: boolean;
}

/** What CCKM shows of the replica, and whether with its alias. */
export type Seen = Omit<FoundReplica, 'differences'> & { readonly aliasListed: boolean };

export class World {
  readonly rules: WorldRules;
  now = Date.UTC(2026, 10, 24);
  replica: RealReplica | null = null;
  /** Calls of which the answer is given up and which may still do their work. */
  underWay: number[] = [];

  constructor(rules: WorldRules) {
    this.rules = rules;
    if (rules.strangerFirst) this.make(null);
  }

  make(madeByCall: number | null, listed: boolean = madeByCall !== null): void {
    const alias = false;
    this.replica ??= { madeByCall, madeAt: this.now, listed, imported: 0, alias, disposition: 'live', polled: false };
  }

  /** One add-alias call. */
  addAlias(fate: Fate): CallFailure | null {
    if (fate.kind === 'refused') return failureOf(fate.code, fate.retryAfterMs);
    if (fate.kind === 'alias refused') return failureOf(fate.code);
    const { replica } = this;
    if (!replica || this.keyState === 'PendingDeletion') return failureOf('invalid_state');
    if (fate.kind === 'answered' && replica.alias) return failureOf('alias_taken');
    if (fate.kind === 'answered' || (fate.kind === 'lost' && fate.work === 'after')) replica.alias = true;
    return fate.kind === 'lost' ? failureOf(fate.code) : null;
  }

  /** The state of the replica in AWS. */
  get keyState(): string {
    const { replica } = this;
    if (!replica) throw new Error('there is no replica');
    if (replica.disposition === 'deleting') return 'PendingDeletion';
    if (this.now < replica.madeAt + this.rules.creatingMs) return 'Creating';
    if (!this.hasMaterial) return 'PendingImport';
    return replica.disposition === 'disabled' ? 'Disabled' : 'Enabled';
  }

  /** How many materials the primary has and the replica has not been sent. Only records tell of more than one. */
  get missing(): number {
    const all = this.rules.records && this.rules.rotated ? 2 : 1;
    return Math.max(0, all - (this.replica?.imported ?? 0));
  }

  get hasMaterial(): boolean {
    const { replica, rules } = this;
    if (!replica) return false;
    const { madeAt, madeByCall } = replica;
    const creates = madeAt + rules.creatingMs;
    const imports = rules.importsAfterMs !== null && madeByCall !== null && this.now >= creates + rules.importsAfterMs;
    return rules.origin === 'AWS_KMS' || this.missing === 0 || imports;
  }

  /** What CCKM shows of the replica's place; throws what a look throws when it cannot be read. */
  show(view: Exclude<View, 'unreadable'>): Seen | null {
    const { replica, rules } = this;
    if (!replica?.listed || view === 'misses') return null;
    const external = rules.origin === 'EXTERNAL';
    const tells = external && rules.records && (view === 'truth' || view === 'stale');
    const early =
      external &&
      replica.madeByCall !== null &&
      !replica.polled &&
      this.now <
        replica.madeAt + (tells ? rules.earlyEnabledMs : Math.min(rules.earlyEnabledMs, longestEarlyEnabledMs));
    const truth = early ? 'Enabled' : this.keyState;
    return {
      id: 'replica-in-cckm',
      arn: null,
      keyState: view === 'truth' ? truth : view === 'stale' ? 'Creating' : 'Enabled',
      materialImported: tells ? this.hasMaterial : null,
      importError: null,
      mayBeOurs: true,
      aliasListed: replica.alias,
    };
  }

  /** One replicate-key call: what it does, and what is answered (null: success). */
  replicate(call: number, fate: Fate): CallFailure | null {
    if (fate.kind === 'refused') return failureOf(fate.code, fate.retryAfterMs);
    if (fate.kind !== 'lost') {
      if (this.replica) return failureOf('already_exists');
      this.make(call);
      if (this.replica) Object.assign(this.replica, { alias: fate.kind === 'answered' });
      return fate.kind === 'alias refused' ? failureOf(fate.code) : null;
    }
    if (fate.work === 'after' && !this.replica) {
      this.make(call);
      Object.assign(this.replica ?? {}, { alias: true });
    }
    if (fate.work === 'late') this.underWay.push(call);
    return failureOf(fate.code);
  }

  /** One import-material call; AWS takes material only where it is missing or can be repeated. */
  import(fate: Fate): CallFailure | null {
    if (fate.kind === 'refused') return failureOf(fate.code, fate.retryAfterMs);
    if (fate.kind === 'alias refused') return failureOf('throttled');
    const answered = fate.kind !== 'lost';
    const { replica } = this;
    const state = this.keyState;
    if (this.rules.records && this.hasMaterial && answered) return failureOf('material_present');
    const works = state === 'PendingImport' || state === 'Enabled' || state === 'Disabled';
    if (replica && works && this.rules.importsTake && (answered || fate.work === 'after')) replica.imported += 1;
    if (fate.kind === 'lost') return failureOf(fate.code);
    return works ? null : failureOf(state === 'Creating' ? 'key_creating' : 'key_pending_deletion');
  }
}

/** ADR 6: three reads in a row that find nothing mean that nothing is there. */
export const readsThatProveAbsence = 3;
