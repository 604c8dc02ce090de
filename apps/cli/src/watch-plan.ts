import type { KeyferryClient } from '@keyferry/client';
import { finishedCount, openPlanStates, type PlanView } from '@keyferry/core';
import { Presets, SingleBar } from 'cli-progress';
import { awayNote, awayTooLong } from './api-away.ts';
import { approveHint } from './approve-plan.ts';
import type { Context } from './context.ts';
import { CliError, exitCodeOf, exitCodes } from './exit-codes.ts';
import { outcomeOf } from './outcome-table.ts';
import { forTerminal, type Output, paintState, pc, progressLine } from './output.ts';

type Plan = Omit<PlanView, 'spec'>;

/** Where watching shows how far a plan is. */
export interface Progress {
  show(plan: Plan): void;
  note(text: string): void;
  end(): void;
}

/**
 * Follows a plan to its end, or to a state in which it waits for a person, and answers the exit code. Ctrl-C ends the
 * watching, not the plan. While the API is away, or refuses for now, it waits up to `patience` seconds.
 */
export async function watchPlan(
  { client, output }: Context,
  planId: string,
  { patience }: { patience: number },
): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort('interrupted');
  process.once('SIGINT', onSignal);
  const progress = progressOf(output);
  let plan: Plan = await client.request('GET /v1/plans/{id}', { id: planId });
  progress.show(plan);
  try {
    plan = await follow(client, plan, progress, interrupt, patience);
  } finally {
    progress.end();
    process.removeListener('SIGINT', onSignal);
  }
  if (interrupt.signal.reason === 'interrupted') {
    output.say(`Stopped watching; the plan continues. Watch again: keyferry plan watch ${planId}`);
    return exitCodes.interrupted;
  }
  if (!output.structured) {
    const text = output.format === 'table' ? await outcomeOf(client, plan) : '';
    output.result(plan, () => text);
  }
  if (plan.state === 'halted') {
    output.say(pc.red(`Halted. Resume: keyferry plan resume ${planId}   Cancel: keyferry plan cancel ${planId}`));
  }
  if (plan.state === 'previewed') output.say(`Nothing was created. Run it: keyferry plan execute ${planId}`);
  return exitCodeOf(plan.state);
}

/** A plan that nothing more will happen to by itself. */
function isAtRest(plan: Plan): boolean {
  return plan.finished_at !== null || plan.state === 'halted' || plan.state === 'previewed';
}

/** Follows a plan until it ends, waits for a person, or `interrupt` says `interrupted`. */
export async function follow(
  client: KeyferryClient,
  from: Plan,
  progress: Progress,
  interrupt: AbortController,
  patienceSeconds: number,
): Promise<Plan> {
  let plan = from;
  let told = '';
  let refusal: string | null = null;
  let patience: NodeJS.Timeout | undefined;
  const tell = () => {
    const waiting = openPlanStates.includes(plan.state) && !isAtRest(plan);
    const hint = plan.state === 'awaiting_approval' ? ` ${approveHint(plan.id)}` : '';
    const text = waiting && plan.reason ? `${plan.state}: ${plan.reason}${hint}` : '';
    if (text && text !== told) progress.note(text);
    told = text;
  };
  if (isAtRest(plan)) return plan;
  for await (const event of client.events(plan.id, { signal: interrupt.signal, fields: 'plan' })) {
    if (event.type === 'lost') {
      refusal = event.problem?.detail ?? null;
      progress.note(`${awayNote(refusal, patienceSeconds)} The workers continue.`);
      patience = setTimeout(() => interrupt.abort('unreachable'), patienceSeconds * 1000);
    } else {
      clearTimeout(patience);
    }
    if (event.type === 'regained') progress.note('The API is back.');
    if (event.type === 'plan') {
      plan = event.plan;
      tell();
      progress.show(plan);
      if (isAtRest(plan)) break;
    }
  }
  clearTimeout(patience);
  if (interrupt.signal.reason === 'unreachable') {
    throw new CliError(
      exitCodes.unreachable,
      `${awayTooLong(refusal, patienceSeconds)} The plan continues; watch it again later.`,
    );
  }
  return plan;
}

function progressOf(output: Output): Progress {
  if (output.structured) return structuredProgress(output);
  if (output.quiet) return { note: () => undefined, show: () => undefined, end: () => undefined };
  return process.stderr.isTTY ? barProgress() : lineProgress();
}

function barProgress(): Progress {
  const bar = new SingleBar(
    {
      format: ' {bar} {percentage}% {line}',
      hideCursor: true,
      stopOnComplete: false,
      stream: process.stderr,
      barsize: 24,
    },
    Presets.shades_classic,
  );
  let started = false;
  const note = (text: string) => {
    if (started) process.stderr.write('\r\x1b[2K');
    process.stderr.write(`${forTerminal(pc.dim(text))}\n`);
  };
  return {
    note,
    show: (plan) => {
      const total = Math.max(1, plan.counts.total);
      const line = `${paintState(plan.state)} · ${progressLine(plan)}`;
      if (!started) bar.start(total, 0, { line });
      started = true;
      bar.setTotal(total);
      bar.update(finishedCount(plan.counts), { line });
    },
    end: () => bar.stop(),
  };
}

/** For logs: a line on change, at most every two seconds, and the last one. */
function lineProgress(): Progress {
  let last = '';
  let at = 0;
  let held = '';
  const write = (line: string) => {
    if (line === last || line === '') return;
    last = line;
    at = Date.now();
    process.stderr.write(`${forTerminal(line)}\n`);
  };
  return {
    note: (text) => write(text),
    show: (plan) => {
      held = `${plan.state} · ${progressLine(plan)}`;
      if (Date.now() - at >= 2_000) write(held);
    },
    end: () => write(held),
  };
}

/** Every change is a result of its own. */
function structuredProgress({ say, result }: Output): Progress {
  return { note: say, show: (plan) => result(plan, () => ''), end: () => undefined };
}
