import { type CommandUnknownOpts as Command, Option } from '@commander-js/extra-typings';
import {
  durationInWords,
  finishedCount,
  formatShare,
  type Health,
  healthInWords,
  type OverviewPlan,
  type OverviewView,
} from '@keyferry/core';
import { paintState, pc } from './output.ts';
import type { Runners } from './runners.ts';
import { createTable } from './table.ts';

/** For a probe or a shift's first look. Documented in docs/how-to/command-line.md. */
const exitCodeOfHealth: Readonly<Record<Health, number>> = { ok: 0, attention: 1, broken: 2 };
const paint: Readonly<Record<Health, (text: string) => string>> = {
  ok: pc.green,
  attention: pc.yellow,
  broken: pc.red,
};

/** `keyferry status`: what an operator must know within five seconds. */
export function addStatusCommand(root: Command, { online }: Runners): void {
  root
    .command('status')
    .description(
      'show health and its causes: plans, workers, CCKM, lanes, recent failures; exits with 0: healthy, 1: degraded, 2: critical',
    )
    // Was needed for it once, and is still in scripts.
    .addOption(new Option('--exit-code').hideHelp())
    .action(
      online(async ({ client, output }) => {
        const overview = await client.request('GET /v1/overview');
        output.result(overview, () => statusText(overview));
        return exitCodeOfHealth[overview.health];
      }),
    );
}

/** The overview for a person: the verdict first, then what it stands on. */
export function statusText(overview: OverviewView): string {
  const { health, reasons, plans, cckm, queue, workers, failures, at } = overview;
  const parts = [
    [
      `${paint[health](`${healthInWords[health]}.`)}  (${at})`,
      ...reasons.map(({ health: of, message }) => `  ${paint[of]('→')} ${message}`),
    ],
    [
      `workers  ${workers.alive} alive${holding(workers.items)}`,
      ...workerLines(workers),
      `queue    ${queue.engine}, ${queueInWords(queue)}`,
      `CCKM     ${cckmInWords(cckm)}${lastCalls(cckm)}`,
      ...stuckLines(overview.stuck_replicas),
    ],
    ...(plans.items.length === 0
      ? [['No unfinished plans.']]
      : [[planTable(plans.items), ...standstills(plans.items), ...more(plans.more, 'plans')]]),
    ...(overview.lanes.items.length === 0 ? [] : [laneLines(overview.lanes)]),
    ...(failures.length === 0 ? [] : [[failureTable(failures)]]),
  ];
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}

const mostWorkers = 5;

/** A line a worker: how long ago it was heard of, and what is wrong with it; those in trouble first. */
function workerLines({ items, more: others }: OverviewView['workers']): string[] {
  const troubled = ({ alive, late, cckm_error }: OverviewView['workers']['items'][number]) =>
    Number(!alive || late || Boolean(cckm_error));
  const shown = items.toSorted((a, b) => troubled(b) - troubled(a)).slice(0, mostWorkers);
  const lines = shown.map(({ host, pid, alive, late, heartbeat_age_seconds: age, cckm_error: error }) => {
    const heard = `last heartbeat ${durationInWords(age)} ago`;
    const standing = !alive ? pc.red(`gone, ${heard}`) : late ? pc.yellow(`late, ${heard}`) : heard;
    return `         ${pid} on ${host}: ${standing}${error ? `, ${pc.red(`login refused (${error})`)}` : ''}`;
  });
  const rest = items.length - shown.length + others;
  return rest === 0 ? lines : [...lines, `         … and ${rest} more`];
}

function queueInWords({ answers, refuses_writes, depth }: OverviewView['queue']): string {
  if (refuses_writes) return pc.red(`refuses writes (${refuses_writes})`);
  return answers ? `up${waiting(depth)}` : pc.red('down');
}

function stuckLines({ count, since } = { count: 0, since: null as string | null }): string[] {
  if (count === 0) return [];
  return [
    pc.yellow(`stuck    ${count} ${count === 1 ? 'replica' : 'replicas'}, the oldest since ${since ?? 'unknown'}`),
  ];
}

function cckmInWords({ circuit, reason }: OverviewView['cckm']): string {
  if (circuit === 'closed') return 'up';
  return pc.red(reason === 'cckm_login_refused' ? 'login refused' : 'circuit open');
}

function holding(workers: OverviewView['workers']['items']): string {
  const holds = workers.reduce((sum, worker) => sum + worker.holds, 0);
  const hosts = new Set(workers.filter(({ alive }) => alive).map(({ host }) => host));
  return `${hosts.size === 0 ? '' : ` on ${[...hosts].join(', ')}`}, ${holds} replicas in hand`;
}

function waiting(depth: OverviewView['queue']['depth']): string {
  const jobs = Object.values(depth ?? {}).reduce((sum, one) => sum + one.waiting, 0);
  return `, ${jobs} jobs waiting`;
}

function lastCalls({ last_success_at, last_failure }: OverviewView['cckm']): string {
  const good = last_success_at === null ? '' : `, last good call ${last_success_at}`;
  return last_failure === null ? good : `${good}, last failed call ${last_failure.at} (${last_failure.code})`;
}

const waits: Readonly<Record<NonNullable<OverviewPlan['waits_for']>, (plan: OverviewPlan) => string>> = {
  approval: () => 'approval',
  window: ({ window }) => `its window, ${window?.opens_at ?? ''}`,
  start_at: ({ start_at }) => (start_at === null ? 'its start' : `its start, ${start_at}`),
  circuit: () => 'CCKM',
  person: () => 'a person',
};

function planTable(plans: readonly OverviewPlan[]): string {
  const numbers = ['done', 'failed', '/s'];
  const table = createTable(['id', 'name', 'state', 'waits for', 'done', 'failed', '/s', 'time left'], numbers);
  for (const plan of plans) {
    const { id, name, state, counts, waits_for, replicas_per_second, eta_seconds } = plan;
    table.push([
      id,
      name,
      paintState(state),
      waits_for === null ? (plan.waiting?.code.replaceAll('_', ' ') ?? '-') : waits[waits_for](plan),
      `${finishedCount(counts)}/${counts.total}`,
      counts.failed + counts.blocked,
      replicas_per_second.toFixed(1),
      eta_seconds === null ? '-' : durationInWords(eta_seconds),
    ]);
  }
  return table.toString();
}

/** Why plans make no progress, with what to do. */
function standstills(plans: readonly OverviewPlan[]): string[] {
  return plans.flatMap(({ name, waiting }) => (waiting ? [`${pc.yellow('→')} ${name}: ${waiting.message}`] : []));
}

function laneLines({ items, more: others }: OverviewView['lanes']): string[] {
  const lines = items.map(({ id, circuit, circuit_since, circuit_reason, rate_factor }) =>
    circuit === 'closed'
      ? `lane ${id}: throttled, slowed to ${formatShare(rate_factor)}`
      : `lane ${id}: ${pc.red('down')} since ${circuit_since} (${circuit_reason})`,
  );
  return [...lines, ...more(others, 'lanes')];
}

function failureTable(failures: OverviewView['failures']): string {
  const table = createTable(['failed in 24 h', 'error', 'plans', 'last', 'what to do'], ['failed in 24 h', 'plans']);
  for (const { count, code, plans, last_seen_at, what_to_do } of failures) {
    table.push([count, code, plans, last_seen_at, what_to_do]);
  }
  return table.toString();
}

function more(count: number, what: string): string[] {
  return count === 0 ? [] : [`… and ${count} more ${what}`];
}
