import { type CckmClient, CckmError } from '@keyferry/cckm';
import { errorRule } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import { claimProbe, closeCircuit, openCircuit, type Store } from '@keyferry/store';

/** Failures in a row, with no success between them, that say that CCKM is down and not just one call unlucky. */
const failuresToOpen = 5;

/**
 * Notices that CCKM or its login is down and stops all dispatching, so that no replica's attempts are used up on it;
 * probes with a read and lets everything go on once that succeeds. The state is in Postgres, shared by all workers.
 */
export class CckmCircuit {
  readonly #store: Store;
  readonly #cckm: CckmClient;
  readonly #log: Log;
  #failures = 0;

  constructor(store: Store, cckm: CckmClient, log: Log) {
    this.#store = store;
    this.#cckm = cckm;
    this.#log = log;
  }

  /** Told of every call's end: null is a success. */
  noteCall(error: string | null): void {
    if (error === null) this.#failures = 0;
    else if (isOutage(error)) this.#failures += 1;
    if (this.#failures !== failuresToOpen) return;
    openCircuit(this.#store, error ?? '').then(
      (opened) => opened && this.#log.warn({ code: error }, 'CCKM is down: nothing is called until it answers again'),
      (failure: unknown) => this.#log.warn({ err: failure }, 'could not open the circuit'),
    );
  }

  /** Asks CCKM whether it is back, when that is due and nobody else has just done so. */
  async probe(): Promise<void> {
    if (!(await claimProbe(this.#store))) return;
    try {
      await this.#cckm.checkAnswers();
    } catch (error) {
      if (error instanceof CckmError && isOutage(error.code)) return;
      // It answers, if only to say no: that is told by the calls themselves.
    }
    await closeCircuit(this.#store);
    this.#failures = 0;
    this.#log.info('CCKM answers again: going on');
  }
}

function isOutage(code: string): boolean {
  return errorRule(code as Parameters<typeof errorRule>[0])?.outage === 'cckm';
}
