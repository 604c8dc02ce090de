import {
  countIn,
  durationInWords,
  finishedCount,
  inFlightReplicaStates,
  type PlanView,
  visibleText,
} from '@keyferry/core';
import Table from 'cli-table3';
import picocolors from 'picocolors';

/** Colours for a person at a terminal; a log or a pipe gets plain text. NO_COLOR and FORCE_COLOR are honoured. */
export const pc = picocolors.createColors(
  picocolors.isColorSupported && (process.stdout.isTTY || 'FORCE_COLOR' in process.env),
);

/** The colours and weights that `pc` writes. What comes from outside can write them too, and nothing else. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is how a terminal is told of colours
const ours = /(\x1b\[(?:0|1|2|22|3[1-6]|39|90)m)/;

/** A text for a person at a terminal: of what came from outside all is shown, and nothing obeyed. */
export function forTerminal(text: string): string {
  return text
    .split(ours)
    .map((part, i) => (i % 2 === 1 ? part : visibleText(part)))
    .join('');
}

/** A table for people; `alignRight` names the columns that hold numbers. */
export function createTable(head: readonly string[], alignRight: readonly string[] = []): InstanceType<typeof Table> {
  return new Table({
    head: [...head],
    style: { head: pc.isColorSupported ? ['bold'] : [], border: pc.isColorSupported ? ['gray'] : [] },
    colAligns: head.map((name) => (alignRight.includes(name) ? 'right' : 'left')),
  });
}

/** Where a command writes: people read text, scripts read JSON on standard output. */
export interface Output {
  readonly json: boolean;
  /** For a person; goes to standard error when the result is JSON. */
  say(text: string): void;
  /** The result: `json` for scripts, `text` for people. */
  result(json: unknown, text: () => string): void;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    say: (text) => void (json ? process.stderr : process.stdout).write(`${forTerminal(text)}\n`),
    result: (value, text) => void process.stdout.write(`${json ? JSON.stringify(value) : forTerminal(text())}\n`),
  };
}

const paint: Partial<Record<string, (text: string) => string>> = {
  succeeded: pc.green,
  delivered: pc.green,
  running: pc.cyan,
  completed_with_failures: pc.red,
  failed: pc.red,
  halted: pc.red,
  cancelled: pc.yellow,
  paused: pc.yellow,
  blocked: pc.yellow,
};

export function paintState(state: string): string {
  return (paint[state] ?? ((text: string) => text))(state.replaceAll('_', ' '));
}

/** How far a plan is, in one line. */
export function progressLine(plan: Omit<PlanView, 'spec'>): string {
  const { counts } = plan;
  const inFlight = countIn(counts, inFlightReplicaStates);
  const parts = [
    `${finishedCount(counts)}/${counts.total}`,
    `created ${counts.succeeded}`,
    `present ${counts.already_present}`,
    ...(counts.failed > 0 ? [pc.red(`failed ${counts.failed}`)] : []),
    ...(counts.blocked > 0 ? [pc.yellow(`blocked ${counts.blocked}`)] : []),
    ...(plan.differing > 0 ? [pc.yellow(`differ ${plan.differing}`)] : []),
    ...(counts.cancelled > 0 ? [`cancelled ${counts.cancelled}`] : []),
    `in flight ${inFlight}`,
    ...(plan.state === 'running' && plan.window?.open === false
      ? [pc.cyan(`rests until ${plan.window.opens_at}`)]
      : []),
    `${plan.replicas_per_second.toFixed(1)}/s`,
    ...(plan.eta_seconds === null || plan.finished_at !== null ? [] : [`${durationInWords(plan.eta_seconds)} left`]),
  ];
  return parts.join(' · ');
}
