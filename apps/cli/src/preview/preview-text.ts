import {
  countOf,
  durationInWords,
  type ErrorCode,
  errorCatalogue,
  errorRule,
  formatNumber,
  type PlanView,
  type PreviewView,
  truncateText,
} from '@keyferry/core';
import { pc } from '../output.ts';
import { type Bundle, type Group, type GroupedPreview, keyName, type Verdict, verdicts } from './group-replicas.ts';

const signs: Record<Verdict, { sign: string; title: string; paint: (text: string) => string }> = {
  create: { sign: '+', title: 'create', paint: pc.green },
  present: { sign: '=', title: 'already present', paint: pc.dim },
  differs: { sign: '=', title: 'already present, but different from the plan', paint: pc.yellow },
  waits: { sign: '·', title: 'waits', paint: pc.cyan },
  blocked: { sign: '!', title: 'blocked', paint: pc.red },
};

interface Words {
  /** What is done to a replica. */
  readonly verb: string;
  readonly present: string;
  readonly untouched: string;
}

const words: Readonly<Record<PlanView['operation'], Words>> = {
  replicate: { verb: 'create', present: 'already present', untouched: 'Nothing was created.' },
  promote: { verb: 'promote', present: 'primary already', untouched: 'No primary was moved.' },
};

/** What a plan would do, for a person. Long lists are cut; `all` shows every key. `copied`: what replicas get from their primaries. */
export function previewText(
  plan: PlanView,
  preview: GroupedPreview,
  all: boolean,
  copied: readonly string[] = [],
): string {
  const sections = preview.groups.map((group) => groupText(group, plan.operation, all));
  const waits = planWaits(plan, preview);
  return [
    `Preview of ${pc.bold(plan.name)}: ${countOf(preview.keys, 'key')} into ${countOf(preview.byRegion.size, 'Region')}. ${words[plan.operation].untouched}`,
    '',
    regionTable(preview, plan.operation),
    ...sections.flatMap(({ lines }) => ['', ...lines]),
    ...(waits.length > 0 ? ['', ...waits] : []),
    ...(copied.length > 0 ? ['', `New replicas copy these from their primaries: ${copied.join(', ')}.`] : []),
    ...warningLines(preview),
    ...(sections.some(({ cut }) => cut) ? ['', pc.dim('Lists are cut; --all shows every key.')] : []),
  ].join('\n');
}

function regionTable({ byRegion, totals }: GroupedPreview, operation: PlanView['operation']): string {
  const shown = verdicts.filter((verdict) => verdict === 'create' || totals[verdict] > 0);
  const heads = shown.map((verdict) => `${signs[verdict].sign} ${shortTitle(verdict, operation)}`);
  const width = Math.max(...[...byRegion.keys(), 'all Regions'].map(({ length }) => length));
  const row = (name: string, cells: readonly string[]) =>
    `  ${name.padEnd(width)}${cells.map((cell, i) => cell.padStart((heads[i]?.length ?? 0) + 3)).join('')}`;
  const cellsOf = (counts: Readonly<Record<Verdict, number>>) =>
    shown.map((verdict) => (counts[verdict] === 0 ? '-' : formatNumber(counts[verdict])));
  return [
    pc.bold(row('', heads)),
    ...[...byRegion].map(([region, counts]) => row(region, cellsOf(counts))),
    ...(byRegion.size > 1 ? [row('all Regions', cellsOf(totals))] : []),
  ].join('\n');
}

function titleOf(verdict: Verdict, operation: PlanView['operation']): string {
  const { verb, present } = words[operation];
  return verdict === 'create' ? verb : verdict === 'present' ? present : signs[verdict].title;
}

function shortTitle(verdict: Verdict, operation: PlanView['operation']): string {
  return verdict === 'present' || verdict === 'differs' ? verdict : titleOf(verdict, operation);
}

function groupText(group: Group, operation: PlanView['operation'], all: boolean): { lines: string[]; cut: boolean } {
  const { sign, paint } = signs[group.verdict];
  const title = titleOf(group.verdict, operation);
  const count = `${countOf(group.replicas, 'replica')} of ${countOf(group.keys, 'key')}`;
  const { lines, cut } = bundleLines(group, all);
  return {
    lines: [paint(pc.bold(`${sign} ${title}: `)) + count, ...causeLines(group), ...lines, ...whatToDo(group)],
    cut,
  };
}

/** The sentence of an error code, also of one that this version does not know. */
function knownRule(code: string): { title: string; operatorAdvice: string } | null {
  return Object.hasOwn(errorCatalogue, code) ? errorRule(code as ErrorCode) : null;
}

function causeLines({ verdict, cause, example, differences }: Group): string[] {
  if (verdict === 'blocked') return [`  ${pc.bold(cause)}: ${knownRule(cause)?.title ?? example.error?.message ?? ''}`];
  if (verdict === 'waits') return [`  ${example.warnings?.find(({ code }) => code === cause)?.message ?? cause}`];
  return differences.map(
    ({ field, present, wanted }) =>
      `  ${pc.yellow('~')} ${field}: ${valueText(present)} ${pc.dim('→ the plan has')} ${valueText(wanted)}`,
  );
}

function whatToDo({ verdict, cause, example, keys }: Group): string[] {
  if (verdict === 'differs')
    return ['  do  Change it in CCKM if needed: Keyferry does not change replicas that it did not create.'];
  if (verdict !== 'blocked') return [];
  const advice = knownRule(cause)?.operatorAdvice ?? '';
  const message = (example.error?.message ?? '').replace(advice, '').trim();
  const who = message.includes(keyName(example)) ? '' : `${keyName(example)} into ${example.region}: `;
  const told = keys === 1 ? message : `e.g. ${who}${message}`;
  return [...(message === '' ? [] : [`  ${told}`]), ...(advice === '' ? [] : [`  do  ${advice}`])];
}

function bundleLines({ verdict, bundles }: Group, all: boolean): { lines: string[]; cut: boolean } {
  const { sign, paint } = signs[verdict];
  const shown = all ? bundles : bundles.slice(0, 6);
  const rest = bundles.slice(shown.length);
  const limit = all ? Number.POSITIVE_INFINITY : bundles.length === 1 ? 10 : bundles.length <= 3 ? 4 : 2;
  const lines = shown.flatMap((bundle) => {
    // One line more is no longer than saying that there is one more.
    const keys = bundle.keys.length === limit + 1 ? bundle.keys : bundle.keys.slice(0, limit);
    const more = bundle.keys.length - keys.length;
    return [
      `  ${bundleTitle(bundle, all)}`,
      ...keys.map((key) => `    ${paint(sign)} ${key}`),
      ...(more > 0 ? [pc.dim(`    … ${formatNumber(more)} more`)] : []),
    ];
  });
  const restKeys = rest.reduce((sum, { keys }) => sum + keys.length, 0);
  if (rest.length > 0) {
    lines.push(pc.dim(`  … ${countOf(restKeys, 'key')} more, of ${countOf(rest.length, 'other account or Region')}`));
  }
  return { lines, cut: rest.length > 0 || shown.some(({ keys }) => keys.length > limit + 1) };
}

function bundleTitle({ account, from, regions, keys }: Bundle, all: boolean): string {
  const source = account === null && from === null ? 'not known to CCKM' : [account, from].filter(Boolean).join(' ');
  const named =
    all || regions.length <= 4
      ? regions.join(', ')
      : `${regions.slice(0, 3).join(', ')} and ${regions.length - 3} more`;
  return `${source} → ${named}${keys.length > 1 ? pc.dim(` (${countOf(keys.length, 'key')})`) : ''}`;
}

/** What makes the plan as a whole, or a Region of it, wait. */
function planWaits({ spec, window }: PlanView, { byRegion }: GroupedPreview): string[] {
  const options = (spec.options ?? {}) as { region_order?: string; start_at?: string | null };
  const lines: string[] = [];
  if (options.start_at) lines.push(`· waits: nothing starts before ${options.start_at}`);
  if (window) {
    const told = window.open ? `this one closes at ${window.closes_at}` : `the next one opens at ${window.opens_at}`;
    lines.push(`· waits: nothing starts outside its maintenance windows; ${told}`);
  }
  const waves = [...byRegion].filter(([, counts]) => counts.create + counts.waits > 0).map(([region]) => region);
  if (options.region_order === 'sequential' && waves.length > 1) {
    lines.push(`· waits: one Region after another: ${waves.join(', then ')}`);
  }
  return lines.map((line) => pc.cyan(line));
}

function warningLines({ warnings }: GroupedPreview): string[] {
  // Told already, with the replicas that differ.
  const told = warnings.filter(({ code }) => code !== 'replica_differs');
  if (told.length === 0) return [];
  return [
    '',
    pc.bold(pc.yellow('Warnings:')),
    ...told.map(({ code, count, message }) => `  ${pc.bold(code)} × ${formatNumber(count)}: ${message}`),
  ];
}

/** A value of a replica: a tag as `key=value`, several of a kind side by side. */
function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '(none)';
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : cut(value.map(tagText).join(', '));
  return cut(typeof value === 'string' ? value : JSON.stringify(value));
}

function tagText(value: unknown): string {
  const { TagKey: key, TagValue: given } = (value ?? {}) as { TagKey?: unknown; TagValue?: unknown };
  if (typeof key === 'string' && typeof given === 'string') return `${key}=${given}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function cut(text: string): string {
  return truncateText(text, 100);
}

/** The last lines: what is to be done, how long it takes, what it costs. */
export function summaryText(
  plan: PlanView,
  { totals }: GroupedPreview,
  {
    expectedSeconds,
    window,
    monthlyCost,
  }: { expectedSeconds: number | null; window: PreviewView['window']; monthlyCost: string | null },
): string {
  const { verb, present: already } = words[plan.operation];
  const creates = totals.create + totals.waits;
  const present = totals.present + totals.differs;
  const parts = [
    pc.green(`${formatNumber(creates)} to ${verb}`),
    `${formatNumber(present)} ${already}${totals.differs > 0 ? ` (${formatNumber(totals.differs)} different)` : ''}`,
    ...(totals.blocked > 0 ? [pc.red(`${formatNumber(totals.blocked)} blocked`)] : []),
  ];
  const time = [
    `At least ${durationInWords(plan.lower_bound_seconds)} at the AWS quotas`,
    ...(expectedSeconds === null ? [] : [`about ${durationInWords(expectedSeconds)} expected`]),
  ];
  const split =
    window?.fits === false
      ? pc.yellow(` Its window closes at ${window.closes_at}: the rest continues in the next.`)
      : '';
  const nothing = totals.blocked > 0 ? `Nothing to ${verb} until the blocked rows are fixed.` : `Nothing to ${verb}.`;
  const cost = monthlyCost === null ? '' : ` ${monthlyCost} a month for the new replicas.`;
  return [
    `${pc.bold('Plan:')} ${parts.join(', ')}.`,
    ...(creates === 0 ? [] : [`${time.join(', ')}.${split}${cost}`]),
    '',
    creates === 0 ? nothing : `Run this plan: ${pc.bold(`keyferry plan execute ${plan.id}`)}`,
  ].join('\n');
}
