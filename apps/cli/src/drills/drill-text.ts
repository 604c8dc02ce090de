import { approvalsInWords, type DrillView, durationInWords } from '@keyferry/core';
import { pc } from '../output.ts';

type Live = Omit<DrillView, 'spec'>;
type Step = Live['steps'][number];

const marks: Readonly<Record<Step['state'], string>> = {
  pending: '·',
  running: '▶',
  awaiting_approval: '?',
  succeeded: '✓',
  failed: '✗',
  skipped: '-',
  aborted: '■',
};

const paints: Readonly<Record<string, (text: string) => string>> = {
  running: pc.cyan,
  awaiting_approval: pc.yellow,
  succeeded: pc.green,
  completed_with_findings: pc.yellow,
  failed: pc.red,
  aborted: pc.yellow,
  rolling_back: pc.yellow,
  paused: pc.yellow,
};

export const paintDrill = (state: string): string =>
  (paints[state] ?? ((text: string) => text))(state.replaceAll('_', ' '));

/** How a drill stands, on one screen: what it is, each step, and last what to do now. */
export function drillText(drill: Live, now: number): string {
  const since = durationInWords(
    ((drill.finished_at === null ? now : Date.parse(drill.finished_at)) - Date.parse(drill.declared_at)) / 1_000,
  );
  const head = [
    `${pc.bold(drill.name)}  ${paintDrill(drill.state)}${drill.mode === 'rehearse' ? pc.cyan('  rehearsal: changes nothing') : ''}`,
    `${drill.scenario}`,
    pc.dim(
      `${drill.id}  declared by ${drill.created_by} ${since} ${drill.finished_at === null ? 'ago' : 'before its end'}${drill.keys === null ? '' : `  ${drill.keys} keys in ${drill.regions.join(', ')}`}`,
    ),
    ...(drill.broken_glass === null
      ? []
      : [pc.red(`Break-glass by ${drill.broken_glass.by}: ${drill.broken_glass.reason}`)]),
    ...(drill.reason === null ? [] : [drill.reason]),
    ...(drill.waiting === null || drill.waiting.message === drill.reason ? [] : [drill.waiting.message]),
    ...decisionLines(drill),
  ];
  const width = Math.max(...drill.steps.map(({ id }) => id.length));
  const steps = drill.steps.map((step) => stepLine(step, width, now));
  return [...head, '', ...steps, ...findingLines(drill), '', ...whatNow(drill)].join('\n');
}

/** Who has said what so far, of what still waits. */
function decisionLines({ state, steps, approvals, approvals_required }: Live): string[] {
  const waiting = steps.find((step) => step.state === 'awaiting_approval');
  if (waiting === undefined && state !== 'awaiting_approval') return [];
  const given = approvals.filter(({ step, decision }) => step === (waiting?.id ?? null) && decision === 'approve');
  if (given.length === 0) return [];
  const names = given.map(({ approver }) => approver).join(', ');
  if (waiting === undefined) return [`${approvalsInWords(given.length, approvals_required)}: approved by ${names}`];
  // How many a step wants, its own line says.
  return [`Approved by ${names}`];
}

function stepLine(step: Step, width: number, now: number): string {
  const { id, state, title, started_at, finished_at, deadline_at, progress, error, detail } = step;
  const spent =
    started_at === null
      ? ''
      : durationInWords(((finished_at === null ? now : Date.parse(finished_at)) - Date.parse(started_at)) / 1_000);
  const left =
    finished_at === null && deadline_at !== null
      ? `, at most ${durationInWords((Date.parse(deadline_at) - now) / 1_000)} more`
      : '';
  const done = progress === null ? '' : progressText(progress, step.plan_id === null ? 'covered' : 'done');
  const said = error?.message ?? (typeof detail.message === 'string' ? detail.message : (title ?? ''));
  const parts = [spent === '' ? '' : `${spent}${left}`, done, said].filter((part) => part !== '');
  return `${(paints[state] ?? pc.dim)(`${marks[state]} ${id.padEnd(width)}`)}  ${parts.join('  ')}`;
}

/** Gaps of a check are in its findings; failures of a plan are shown here. */
function progressText({ done, total, failed }: NonNullable<Step['progress']>, what: 'covered' | 'done'): string {
  const bad = what === 'done' && failed > 0 ? pc.red(`, ${failed} failed or blocked`) : '';
  return `${done} of ${total} ${what}${bad}`;
}

function findingLines({ findings }: Live): string[] {
  if (findings.length === 0) return [];
  const paint = { info: pc.dim, warning: pc.yellow, blocking: pc.red };
  return ['', ...findings.map(({ severity, message }) => `${paint[severity](severity)}: ${message}`)];
}

/** The commands that are possible now. */
export function whatNow({ id, state, steps }: Live): string[] {
  const waiting = steps.find((step) => step.state === 'awaiting_approval');
  if (state === 'awaiting_approval')
    return [`Approve: keyferry drill approve ${id}   Reject: keyferry drill reject ${id} --comment …`];
  if (state === 'running' && waiting !== undefined) {
    return [
      `Approve: keyferry drill approve ${id} --step ${waiting.id}   Reject: keyferry drill reject ${id} --step ${waiting.id} --comment …`,
    ];
  }
  if (state === 'paused')
    return [`Resume: keyferry drill resume ${id}   Abort: keyferry drill abort ${id} [--rollback]`];
  if (state === 'running' || state === 'resolving')
    return [`Pause: keyferry drill pause ${id}   Abort: keyferry drill abort ${id} [--rollback]`];
  return [];
}
