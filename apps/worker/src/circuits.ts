import { setTimeout as wait } from 'node:timers/promises';
import { type CckmClient, CckmError } from '@keyferry/cckm';
import { type ErrorCode, errorRule, type LaneKey, laneId } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import { cckmCircuit, claimProbe, closeCircuit, openCircuit, type Store, wasCckmDown } from '@keyferry/store';

/** Failures in a row, with no success between them, that say that something is down and not just one call unlucky. */
const failuresToOpen = 5;
/** How long a call that failed waits to hear whether CCKM is down. */
const answerWithinMs = 3_000;

/**
 * Notices what is down and holds back what would only fail there, so that no replica's attempts are used up on it: all of
 * CCKM with its login, or one lane (a Region that answers no more, while the others do). CCKM is probed with a read; a
 * lane by one of its own calls, which the dispatcher lets through. The state is in Postgres, shared by all workers.
 */
export class Circuits {
  readonly #store: Store;
  readonly #cckm: CckmClient;
  readonly #log: Log;
  #failures = 0;
  #asking: Promise<boolean> | null = null;
  readonly #failuresOfLane = new Map<string, number>();

  constructor(store: Store, cckm: CckmClient, log: Log) {
    this.#store = store;
    this.#cckm = cckm;
    this.#log = log;
  }

  /** Told of every call's end: null is a success. */
  noteCall(error: string | null): void {
    if (error === null) this.#failures = 0;
    else if (outageOf(error) === 'cckm') this.#failures += 1;
    if (error === null || this.#failures < failuresToOpen) return;
    openCircuit(this.#store, cckmCircuit, error).then(
      (opened) => opened && this.#log.warn({ code: error }, 'CCKM is down: nothing is called until it answers again'),
      (failure: unknown) => this.#log.warn({ err: failure }, 'could not open the circuit'),
    );
  }

  /**
   * Whether CCKM itself was down, for a call begun at `since` that has just failed in a way that does not tell: a circuit
   * that was open meanwhile says so, though all may be well again by now; else it is asked.
   */
  async wasCckmDown(since: Date): Promise<boolean> {
    return (await wasCckmDown(this.#store.prisma, since).catch(() => false)) || this.#isDown();
  }

  /** Asked by a small read, one for all who want to know now. No answer within three seconds is a yes. */
  #isDown(): Promise<boolean> {
    this.#asking ??= Promise.race([this.#answers().then((answers) => !answers), wait(answerWithinMs, true)]).finally(
      () => {
        this.#asking = null;
      },
    );
    return this.#asking;
  }

  /** Told of every call's end in the lane that it is metered in; `probed` says that the lane's circuit was not closed. */
  async noteLaneCall(lane: LaneKey, error: ErrorCode | null, probed: boolean): Promise<void> {
    const id = laneId(lane);
    if (error === null || outageOf(error) === 'none') {
      this.#failuresOfLane.delete(id);
      if (probed && (await closeCircuit(this.#store, id))) this.#log.info({ lane: id }, 'the lane answers again');
      return;
    }
    const failures = (this.#failuresOfLane.get(id) ?? 0) + 1;
    this.#failuresOfLane.set(id, failures);
    if (!probed && failures < failuresToOpen) return;
    if (await openCircuit(this.#store, id, error)) {
      this.#log.warn({ lane: id, code: error }, 'the lane is down: it is probed until it answers again');
    }
  }

  /** Asks CCKM whether it is back, when that is due and nobody else has just done so. */
  async probe(): Promise<void> {
    if (!(await claimProbe(this.#store.prisma, cckmCircuit)) || !(await this.#answers())) return;
    await closeCircuit(this.#store, cckmCircuit);
    this.#failures = 0;
    this.#log.info('CCKM answers again: going on');
  }

  /** CCKM answers, if only to say no: what that means is told by the calls themselves. */
  async #answers(): Promise<boolean> {
    try {
      await this.#cckm.checkAnswers();
      return true;
    } catch (error) {
      return !(error instanceof CckmError && outageOf(error.code) === 'cckm');
    }
  }
}

function outageOf(code: string): 'none' | 'lane' | 'cckm' {
  return errorRule(code as ErrorCode)?.outage ?? 'none';
}
