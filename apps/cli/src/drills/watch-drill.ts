import { setTimeout as wait } from 'node:timers/promises';
import { type KeyferryClient, ProblemError, retryDelayMs } from '@keyferry/client';
import type { DrillState, DrillView } from '@keyferry/core';
import { awayNote, awayTooLong } from '../api-away.ts';
import type { Context } from '../context.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { forTerminal, type Output } from '../output.ts';
import { drillText, whatNow } from './drill-text.ts';

const everyMs = 1_000;

/** The exit code of a drill at this state. */
export function exitCodeOfDrill(state: DrillState): number {
  if (state === 'completed_with_findings' || state === 'failed') return exitCodes.someFailed;
  return state === 'aborted' ? exitCodes.stopped : exitCodes.ok;
}

/**
 * Follows a drill to its end: at a terminal one screen that is drawn anew, else a line for each entry of its log. Ctrl-C ends
 * the watching, not the drill. While the API is away, or refuses for now, it waits up to `patience` seconds.
 */
export async function watchDrill(
  { client, output }: Context,
  id: string,
  { patience }: { patience: number },
): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once('SIGINT', onSignal);
  const onScreen = !output.structured && !output.quiet && process.stdout.isTTY && process.stderr.isTTY;
  const show = output.structured ? onChange(output) : onScreen ? screen() : logLines(client, id, output);
  let awaySince: number | null = null;
  try {
    for (;;) {
      let delayMs = everyMs;
      try {
        const { spec: _spec, ...drill } = await client.request('GET /v1/drills/{id}', { id });
        awaySince = null;
        await show(drill);
        if (drill.finished_at !== null) {
          if (!output.structured && !onScreen) output.result(drill, () => drillText(drill, Date.now()));
          return exitCodeOfDrill(drill.state);
        }
      } catch (error) {
        const delay = retryDelayMs(error, everyMs);
        if (delay === null) throw error;
        delayMs = delay;
        const refusal = error instanceof ProblemError ? error.message : null;
        if (awaySince === null) {
          output.say(`${awayNote(refusal, patience)} The drill continues.`);
        }
        awaySince ??= Date.now();
        if (Date.now() - awaySince > patience * 1_000) {
          throw new CliError(
            exitCodes.unreachable,
            `${awayTooLong(refusal, patience)} The drill continues; watch it again later.`,
          );
        }
      }
      await wait(delayMs, undefined, { signal: interrupt.signal }).catch(() => undefined);
      if (interrupt.signal.aborted) {
        output.say(`Stopped watching; the drill continues. Watch again: keyferry drill watch ${id}`);
        return exitCodes.interrupted;
      }
    }
  } finally {
    process.removeListener('SIGINT', onSignal);
  }
}

type Live = Omit<DrillView, 'spec'>;
type Show = (drill: Live) => void | Promise<void>;

function screen(): Show {
  let lines = 0;
  return (drill) => {
    const text = forTerminal(drillText(drill, Date.now()));
    // Back to where the last picture began, and everything below it away.
    process.stderr.write(`${lines > 0 ? `\x1b[${lines}A` : ''}\r\x1b[0J${text}\n`);
    const columns = process.stdout.columns || 80;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no room
    const plain = text.replaceAll(/\x1b\[[0-9;]*m/g, '');
    lines = plain.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
  };
}

function onChange(output: Output): Show {
  let last = '';
  return (drill) => {
    const text = JSON.stringify(drill);
    if (text !== last) output.result(drill, () => '');
    last = text;
  };
}

function logLines(client: KeyferryClient, id: string, { say }: Output): Show {
  let seq = 0;
  let hint = '';
  return async (drill) => {
    for (;;) {
      const { items, next_cursor } = await client.request('GET /v1/drills/{id}/log', {
        id,
        query: { cursor: String(seq), limit: 1000 },
      });
      for (const entry of items) {
        seq = entry.seq;
        say(`${entry.at} ${entry.message}`);
      }
      if (next_cursor === null) break;
    }
    const now = whatNow(drill).join('\n');
    const waits =
      drill.state === 'awaiting_approval' ||
      drill.state === 'paused' ||
      drill.steps.some(({ state }) => state === 'awaiting_approval');
    if (waits && now !== hint) say(now);
    hint = waits ? now : '';
  };
}
