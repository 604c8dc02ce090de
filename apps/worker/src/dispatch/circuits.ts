import { setTimeout as wait } from 'node:timers/promises';
import { type CckmClient, CckmError } from '@keyferry/cckm';
import { type ErrorCode, errorRule, type LaneKey, laneId, parseLaneId } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import {
  cckmCircuit,
  claimIdleProbe,
  claimProbe,
  closeCircuit,
  closeForgottenCircuits,
  isCckmDown,
  openCircuit,
  type Store,
  wasCckmDown,
} from '@keyferry/store';
import { regionAnswers } from './probe-region.ts';

/** Failures in a row, with no success between them, that say that something is down and not just one call unlucky. */
const failuresToOpen = 5;
/** How long after its last failure a lane counts as down here without Postgres being asked, milliseconds. */
const knownDownMs = 5_000;
/** The login is refused: a wrong or expired password, or a locked account. */
const refused = 'cckm_login_refused';
/** How long a call that failed waits to hear whether CCKM is down. */
const answerWithinMs = 3_000;

/**
 * Notices what is down and holds back what would only fail there, so that no replica's attempts are used up on it: all of
 * CCKM with its login, or one lane (a Region that answers no more, while the others do). CCKM is probed with a read; a
 * lane by one of its own calls, which the dispatcher lets through, or by a read where no work waits for it. The state is in Postgres, shared by all workers.
 */
export class Circuits {
  readonly #store: Store;
  readonly #cckm: CckmClient;
  readonly #log: Log;
  #failures = 0;
  #asking: Promise<boolean> | null = null;
  readonly #failuresOfLane = new Map<string, { count: number; lastAt: number }>();

  constructor(store: Store, cckm: CckmClient, log: Log) {
    this.#store = store;
    this.#cckm = cckm;
    this.#log = log;
  }

  /** Told of every call's end: null is a success. */
  noteCall(error: string | null): void {
    if (error === null) this.#failures = 0;
    else if (outageOf(error) === 'cckm') this.#failures += 1;
    if (error === refused) this.#logRefusal();
    // A refused login is no chance failure: every other call would be refused too.
    if (error === null || (error !== refused && this.#failures < failuresToOpen)) return;
    openCircuit(this.#store, cckmCircuit, error).then(
      (opened) => opened && this.#log.warn({ code: error }, 'CCKM is down: no calls until it answers'),
      (failure: unknown) => this.#log.warn({ err: failure }, 'could not open the circuit'),
    );
  }

  /** Logs in before there is work, so that a wrong password is known when the worker starts. Never throws. */
  async logInAtStart(): Promise<void> {
    try {
      await this.#cckm.logIn();
      this.#log.info('CCKM accepts the login');
    } catch (error) {
      // A refusal has been logged where every refusal is.
      const { code } = error as CckmError;
      if (code === refused) return;
      this.#log.warn({ err: error, code }, 'CCKM did not answer the login at start; retrying');
    }
  }

  #logRefusal(): void {
    const { operatorAdvice } = errorRule(refused);
    this.#log.error(
      { code: refused },
      `CCKM refuses the login: no calls until it accepts the login. ${operatorAdvice}`,
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
    const count = (this.#failuresOfLane.get(id)?.count ?? 0) + 1;
    this.#failuresOfLane.set(id, { count, lastAt: Date.now() });
    if (!probed && count < failuresToOpen) return;
    if (await openCircuit(this.#store, id, error)) {
      this.#log.warn({ lane: id, code: error }, 'the lane is down: probing until it answers');
    }
  }

  /**
   * Whether this worker has just seen that a lane is down. A call that had its slot before then is not to be sent: the
   * circuit holds back only what has none yet.
   */
  isKnownDown(lane: LaneKey): boolean {
    const failures = this.#failuresOfLane.get(laneId(lane));
    return failures !== undefined && failures.count >= failuresToOpen && Date.now() - failures.lastAt < knownDownMs;
  }

  /** Probes CCKM, when that is due and no other worker has just done so. */
  async probe(): Promise<void> {
    const due = this.#cckm.hasNewSecret || (await claimProbe(this.#store.prisma, cckmCircuit));
    if (!due || !(await this.#answers())) return;
    await closeCircuit(this.#store, cckmCircuit);
    this.#failures = 0;
    this.#log.info('CCKM answers again: calls resume');
  }

  /**
   * Asks AWS, through CCKM, about a lane that is due and for which no work waits: no call of its own will show that it is
   * back. What cannot be proven stays half open, and is forgotten after a while.
   */
  async probeIdle(): Promise<void> {
    const { prisma } = this.#store;
    if (await isCckmDown(prisma)) return;
    for (const id of await closeForgottenCircuits(prisma)) {
      this.#log.info({ lane: id }, 'no call in the lane for 15 minutes: circuit closed');
    }
    const id = await claimIdleProbe(prisma);
    const lane = id === null ? null : parseLaneId(id);
    if (id === null || lane === null || !(await regionAnswers(this.#cckm, lane))) return;
    this.#failuresOfLane.delete(id);
    if (await closeCircuit(this.#store, id)) this.#log.info({ lane: id }, 'the lane answers again');
  }

  /** CCKM answers, even if it refuses: what that means, the calls themselves decide. */
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
