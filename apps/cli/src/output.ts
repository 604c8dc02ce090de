import {
  countIn,
  durationInWords,
  finishedCount,
  inFlightReplicaStates,
  type PlanView,
  visibleText,
} from '@keyferry/core';
import picocolors from 'picocolors';
import { stringify } from 'yaml';

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

/** How the result of a command is written: for people, or for scripts; `name`: ids or names alone, one a line. */
export const outputFormats = ['table', 'json', 'yaml', 'name'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** Where a command writes: its result to standard output, and nothing else; what a person reads beside it to standard error. */
export interface Output {
  readonly format: OutputFormat;
  /** The result is JSON or YAML. */
  readonly structured: boolean;
  readonly quiet: boolean;
  /** For a person; to standard error, and not at all with `--quiet`. */
  say(text: string): void;
  /** The result: `value` for scripts, `text` for people, `name` where only ids are asked for: null where it has none. */
  result(value: unknown, text: () => string, name?: () => string | null): void;
  /** What was made: its id is the result, and what people read of it stands beside. */
  made(value: { readonly id: string }, said: string): void;
}

export function createOutput(format: OutputFormat, quiet = false): Output {
  let results = 0;
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  const output: Output = {
    format,
    structured: format === 'json' || format === 'yaml',
    quiet,
    say: (text) => {
      if (!quiet) process.stderr.write(`${process.stderr.isTTY ? forTerminal(text) : plain(forTerminal(text))}\n`);
    },
    result: (value, text, name = () => nameOf(value)) => {
      results += 1;
      if (format === 'json') return print(JSON.stringify(value));
      if (format === 'yaml') return print(`${results > 1 ? '---\n' : ''}${stringify(value).trimEnd()}`);
      if (format === 'table') return print(forTerminal(text()));
      const names = name();
      if (names) print(forTerminal(names));
    },
    made: (value, said) => {
      output.say(said);
      output.result(value, () => value.id);
    },
  };
  return output;
}

/** The id of a thing, or its name where that is what commands take; of a list one a line. */
function nameOf(value: unknown): string | null {
  if (Array.isArray(value)) return value.flatMap((one) => nameOf(one) ?? []).join('\n');
  const { id, name } = (value ?? {}) as { id?: unknown; name?: unknown };
  return [id, name].find((one) => typeof one === 'string') ?? null;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours
const plain = (text: string): string => text.replaceAll(/\x1b\[[0-9;]*m/g, '');

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
