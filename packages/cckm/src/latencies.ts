/** An answer within this is quick, whatever others take, milliseconds. */
const quickMs = 500;
/** So many times as long as the quickest of late is long. */
const longTimes = 3;
const smoothing = 0.2;
/** The quickest is forgotten by so much with each answer, so that a server that stays slower counts as such. */
const forgotten = 1.01;
const fewAnswers = 10;
const mostKinds = 100;

interface Kind {
  quickest: number;
  smoothed: number;
  answers: number;
}

/** Whether the answers to some kinds of reads take longer and longer. */
export class Latencies {
  readonly #kinds = new Map<string, Kind>();

  /** Notes how long an answer took; true: those of its kind take much longer than they did. */
  note(name: string, durationMs: number): boolean {
    const kind = this.#kinds.get(name);
    if (kind === undefined) {
      if (this.#kinds.size < mostKinds) {
        this.#kinds.set(name, { quickest: durationMs, smoothed: durationMs, answers: 1 });
      }
      return false;
    }
    kind.quickest = durationMs < kind.quickest ? durationMs : kind.quickest * forgotten;
    kind.smoothed += (durationMs - kind.smoothed) * smoothing;
    kind.answers += 1;
    return kind.answers > fewAnswers && kind.smoothed > Math.max(quickMs, kind.quickest * longTimes);
  }
}
