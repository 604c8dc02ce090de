import { type DrillPauses, escapeHtml, exactDurationInWords, type Span, truncateText } from '@keyferry/core';
import type { EvidenceApproval, EvidenceDrill, EvidenceStep } from '../drill-evidence.ts';

/** A drill as it went, drawn: its steps as bars, its approvals, and how many key × Region were reached by when. */

const width = 720;
const left = 150;
const right = 12;
const rowHeight = 20;
const curveHeight = 90;
/** What one wait for a person, or one pause, takes of the width at most: hours of it would leave nothing of the rest. */
const idleShare = 0.09;

export interface TimelineFacts {
  readonly drill: EvidenceDrill;
  readonly steps: readonly EvidenceStep[];
  readonly approvals: readonly EvidenceApproval[];
  readonly pauses: DrillPauses;
  readonly total: number;
  readonly usableMs: readonly number[];
  readonly reachedMs: readonly number[];
}

export function drawTimeline({
  drill,
  steps: all,
  approvals,
  pauses,
  total,
  usableMs,
  reachedMs,
}: TimelineFacts): string {
  const begin = Date.parse(drill.declared_at);
  const end = Math.max(Date.parse(drill.finished_at), begin + 1);
  const idle = merged([...pauses.approvals, ...pauses.pauses], begin, end);
  const x = scale(begin, end, idle);
  const shown = all.filter(({ started_at: started }) => started !== null);
  const bottom = 34 + (shown.length + 1) * rowHeight;
  const curveTop = bottom + 18;
  const curveBottom = curveTop + curveHeight;
  const height = curveBottom + 24;
  const parts = [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Timeline of the drill" class="timeline">`,
    '<defs><pattern id="idle" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#f3f1ea"/><line x1="0" y1="0" x2="0" y2="6" stroke="#cfc8b4" stroke-width="2"/></pattern></defs>',
    ...idle.map(({ from, to }) => {
      const [at, wide] = [x(from), x(to) - x(from)];
      const label =
        wide > 34
          ? `<text x="${n(at + wide / 2)}" y="12" class="small mid">${exactDurationInWords(to - from)}</text>`
          : '';
      return `<rect x="${n(at)}" y="18" width="${n(wide)}" height="${curveBottom - 18}" fill="url(#idle)"/>${label}`;
    }),
    row('approvals', 0),
    ...approvals.map(({ at, approver, decision }) => {
      const [cx, cy] = [x(Date.parse(at)), 18 + rowHeight / 2];
      const shape = `M${n(cx)} ${cy - 6}L${n(cx + 6)} ${cy}L${n(cx)} ${cy + 6}L${n(cx - 6)} ${cy}Z`;
      return `<path d="${shape}" class="${decision}"><title>${escapeHtml(`${decision} by ${approver}, ${at}`)}</title></path>`;
    }),
    ...shown.flatMap((step, at) => [row(step.id, at + 1), bar(step, at + 1, x, end)]),
    curves(usableMs, reachedMs, { total, begin, x, curveTop, curveBottom, target: drill.targets.rto_ms, end }),
    ...axis(begin, end, x, idle, curveBottom),
    '</svg>',
  ];
  return parts.join('\n');
}

const n = (value: number): string => String(Math.round(value * 10) / 10);
const y = (at: number): number => 18 + at * rowHeight;

function row(name: string, at: number): string {
  const line = `<line x1="${left}" y1="${y(at + 1)}" x2="${width - right}" y2="${y(at + 1)}" class="grid"/>`;
  return `${line}<text x="${left - 8}" y="${y(at) + 14}" class="label">${escapeHtml(truncateText(name, 24))}</text>`;
}

function bar(
  { state, started_at: started, finished_at: finished }: EvidenceStep,
  at: number,
  x: Scale,
  end: number,
): string {
  const from = Date.parse(started ?? '');
  const to = finished === null ? end : Date.parse(finished);
  const [start, wide] = [x(from), Math.max(2, x(to) - x(from))];
  const took = exactDurationInWords(to - from);
  const outside = start + wide + 4 + took.length * 5 < width - right;
  const text = outside
    ? `<text x="${n(start + wide + 4)}" y="${y(at) + 14}" class="small">${took}</text>`
    : `<text x="${n(start - 4)}" y="${y(at) + 14}" class="small endmost">${took}</text>`;
  return `<rect x="${n(start)}" y="${y(at) + 4}" width="${n(wide)}" height="${rowHeight - 8}" rx="2" class="bar ${state}"/>${text}`;
}

interface CurveFrame {
  readonly begin: number;
  readonly end: number;
  readonly x: Scale;
  readonly curveTop: number;
  readonly curveBottom: number;
  readonly target: number | null;
  /** All key × Region: the height of the frame. */
  readonly total: number;
}

/** How many key × Region were usable (a line) and reached (an area) by each time, with the target within the drill. */
function curves(usableMs: readonly number[], reachedMs: readonly number[], frame: CurveFrame): string {
  const { begin, end, x, curveTop, curveBottom, target, total } = frame;
  const goal = target === null || begin + target > end ? '' : goalLine(x(begin + target), frame);
  const area = steps(reachedMs, frame);
  const line = steps(usableMs, frame);
  return [
    `<text x="${left - 8}" y="${curveTop + 8}" class="label">${total} key-Region pairs</text>`,
    `<text x="${left - 8}" y="${curveBottom}" class="label">0</text>`,
    area === '' ? '' : `<path d="${area}L${n(x(end))} ${curveBottom}Z" class="reached"/>`,
    line === '' ? '' : `<path d="${line}" class="usable"/>`,
    goal,
  ].join('');
}

function goalLine(at: number, { curveTop, curveBottom }: CurveFrame): string {
  const [place, side] = at - left < 60 ? [at + 4, ''] : [at - 4, ' endmost'];
  const line = `<line x1="${n(at)}" y1="18" x2="${n(at)}" y2="${curveBottom}" class="target"/>`;
  return `${line}<text x="${n(place)}" y="${curveTop - 5}" class="small goal${side}">RTO target</text>`;
}

/** A path that rises with each of these times; of very many only some are drawn. */
function steps(times: readonly number[], { begin, end, x, curveTop, curveBottom, total }: CurveFrame): string {
  const [first] = times;
  if (first === undefined) return '';
  const high = (count: number) => n(curveBottom - (count / total) * (curveBottom - curveTop));
  const every = Math.max(1, Math.floor(times.length / 240));
  const points = times.flatMap((ms, at) =>
    at % every === 0 || at === times.length - 1 ? [`${n(x(begin + ms))} ${high(at + 1)}`] : [],
  );
  return `M${n(x(begin + first))} ${high(0)}L${points.join('L')}L${n(x(end))} ${high(times.length)}`;
}

function axis(begin: number, end: number, x: Scale, idle: readonly Span[], bottom: number): string[] {
  const active = end - begin - idle.reduce((sum, { from, to }) => sum + to - from, 0);
  const step = ticks.find((one) => active / one <= 7) ?? 86_400_000;
  const marks: string[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (let at = begin; at <= end; at += step) {
    const [where, rests] = [x(at), idle.some(({ from, to }) => at > from && at < to)];
    if (rests || where - last < 52) continue;
    last = where;
    const label = at === begin ? 'T0' : `+${exactDurationInWords(at - begin)}`;
    marks.push(
      `<line x1="${n(where)}" y1="${bottom}" x2="${n(where)}" y2="${bottom + 4}" class="tick"/><text x="${n(where)}" y="${bottom + 16}" class="small ${at === begin ? '' : 'mid'}">${label}</text>`,
    );
  }
  return [`<line x1="${left}" y1="${bottom}" x2="${width - right}" y2="${bottom}" class="tick"/>`, ...marks];
}

const [second, minute, hour] = [1_000, 60_000, 3_600_000];
const ticks = [
  ...[1, 2, 5, 10, 20, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 20, 30].map((count) => count * minute),
  ...[1, 2, 4, 6, 12].map((count) => count * hour),
];

type Scale = (time: number) => number;

/** Time to place: even, but that long idle spans are drawn shorter than they were. */
function scale(begin: number, end: number, idle: readonly Span[]): Scale {
  const all = width - left - right;
  const active = end - begin - idle.reduce((sum, { from, to }) => sum + to - from, 0);
  const shares = idle.map(({ from, to }) => Math.min(idleShare, (to - from) / (end - begin)));
  const perMs = (all * (1 - shares.reduce((sum, share) => sum + share, 0))) / Math.max(1, active);
  return (time) => {
    const at = Math.min(Math.max(time, begin), end);
    let [place, since] = [left, begin];
    for (const [i, { from, to }] of idle.entries()) {
      if (at <= from) break;
      place += (from - since) * perMs;
      place += ((Math.min(at, to) - from) / (to - from)) * (shares[i] ?? 0) * all;
      since = to;
    }
    return place + Math.max(0, at - since) * perMs;
  };
}

/** Spans within the drill, in their order, those that overlap as one. */
function merged(spans: readonly Span[], begin: number, end: number): Span[] {
  const result: { from: number; to: number }[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const [start, stop] = [Math.max(from, begin), Math.min(to, end)];
    if (stop <= start) continue;
    const last = result.at(-1);
    if (last !== undefined && start <= last.to) last.to = Math.max(last.to, stop);
    else result.push({ from: start, to: stop });
  }
  return result;
}
