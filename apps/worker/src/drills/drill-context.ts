import type { Config } from '@keyferry/config';
import type { RunbookStep, StepKind, StepOf } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import type { DrillAtWork, DrillStepRow, Store } from '@keyferry/store';
import type { Sender } from '@keyferry/webhook';
import type { WorkerSession } from '../worker-session.ts';

/** What the engine of drills works with. */
export interface DrillContext {
  readonly store: Store;
  readonly config: Pick<Config, 'webhooks' | 'quotas' | 'checkTokens' | 'verify'>;
  readonly sender: Pick<Sender, 'call'>;
  readonly session: Pick<WorkerSession, 'id'>;
  readonly log: Log;
}

/** A step that is moved on, within the transaction that holds its drill. */
export interface StepAtWork extends DrillAtWork {
  readonly context: DrillContext;
  readonly step: DrillStepRow;
  readonly spec: RunbookStep;
  readonly rehearsed: boolean;
}

/** The same of one kind. */
export type StepAtWorkOf<Kind extends StepKind> = StepAtWork & { readonly spec: StepOf<Kind> };

type Detail = Readonly<Record<string, unknown>>;

/** What comes of a move of a step. */
export type StepMove =
  | { readonly to: 'running'; readonly againMs: number; readonly detail?: Detail }
  | { readonly to: 'awaiting_approval'; readonly message: string }
  | { readonly to: 'succeeded' | 'skipped'; readonly message: string; readonly detail?: Detail }
  | { readonly to: 'failed'; readonly code: string; readonly message: string; readonly detail?: Detail }
  /** Something is to be called once the transaction is over. */
  | { readonly to: 'call'; readonly tries: number };

/** How a kind of step begins, and how it goes on whenever it is looked at again. */
export interface StepWay<Kind extends StepKind> {
  begin(work: StepAtWorkOf<Kind>): Promise<StepMove>;
  look(work: StepAtWorkOf<Kind>): Promise<StepMove>;
}

/** How often a plan or a check that a step waits for is looked at, milliseconds. */
export const lookEveryMs = 300;

export const failed = (code: string, message: string, detail: Detail = {}): StepMove => ({
  to: 'failed',
  code,
  message,
  detail,
});

/** `1 key`, `3 keys`. */
export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
