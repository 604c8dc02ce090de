import type { EvidenceApproval, EvidenceDrill, EvidenceFinding, EvidenceStep } from '../drill-evidence.ts';
import type { EvidenceTally } from '../tally-evidence.ts';
import { BrokenPack } from './broken-pack.ts';

/** The RTO is judged to the microsecond, and a pack has milliseconds. */
const roundingMs = 1_000;

/** Throws a BrokenPack where a finding is missing that follows from the rest of a pack, or stands against it. */
export function checkFindings(
  findings: readonly EvidenceFinding[],
  {
    drill,
    steps,
    approvals,
    tally,
  }: {
    readonly drill: EvidenceDrill;
    readonly steps: readonly EvidenceStep[];
    readonly approvals: readonly EvidenceApproval[];
    readonly tally: EvidenceTally;
  },
): void {
  const of = (code: string) => findings.filter((finding) => finding.code === code);
  const known = new Map(steps.map((step) => [step.id, step]));
  for (const { seq, step } of findings) {
    if (step !== null && !known.has(step))
      wrong(`finding ${seq} is about the step ${step}, which the drill does not have`);
  }
  for (const { step } of approvals) {
    if (step !== null && !known.has(step)) {
      throw new BrokenPack('approvals.json', `a decision is about the step ${step}, which the drill does not have`);
    }
  }

  const failed = new Set(of('step_failed').map(({ step }) => step));
  for (const { id, state } of steps) {
    if (state === 'failed' && !failed.has(id)) wrong(`step ${id} failed, but no finding reports it`);
    if (state !== 'failed' && failed.has(id)) wrong(`a finding reports that step ${id} failed, but it is ${state}`);
  }

  const broken = of('broken_glass');
  if (drill.broken_glass === null) {
    if (broken.length > 0) wrong('a finding reports a break-glass, but evidence.json has none');
  } else if (broken.length === 0) wrong('the drill continued by break-glass, but no finding reports it');
  for (const { id, detail } of steps) {
    if (glassOf(detail) !== null && !broken.some(({ step }) => step === id))
      wrong(`step ${id} continued by break-glass, but no finding reports it`);
  }

  checkTargets(of('rto_missed'), of('rto_unproven'), drill, tally);

  const grave = findings.filter(({ severity }) => severity !== 'info');
  // People may note more of a drill that is closed.
  const own = grave.find(({ code }) => code !== 'noted');
  if (drill.state === 'succeeded' && own !== undefined)
    wrong(
      `finding ${own.seq} (${own.code}) has the severity ${own.severity}, but the drill succeeded without findings`,
    );
  if (drill.state === 'completed_with_findings' && grave.length === 0)
    wrong('the drill completed with findings, but none of them is more severe than info');
}

/** Who used break-glass at a step; null: no one. */
export function glassOf(detail: unknown): string | null {
  const by = (detail as { broken_glass_by?: unknown } | null)?.broken_glass_by;
  return typeof by === 'string' ? by : null;
}

function checkTargets(
  missed: readonly EvidenceFinding[],
  unproven: readonly EvidenceFinding[],
  { mode, state, targets: { rto_ms: target } }: EvidenceDrill,
  { times: { rto } }: EvidenceTally,
): void {
  const [told] = [...missed, ...unproven];
  if (told !== undefined && (target === null || mode !== 'live'))
    wrong(`finding ${told.seq} judges the RTO, but the drill has no RTO`);
  const { cells, reached, max_ms: max } = rto.total;
  if (target === null || mode !== 'live' || cells === 0) return;
  if (missed.length > 0 && max !== null && max + roundingMs < target)
    wrong(`finding ${missed[0]?.seq} reports that the RTO was missed, but by items.json it was met`);
  const ended = state === 'succeeded' || state === 'completed_with_findings';
  const isMissed = reached < cells || (max !== null && max - roundingMs > target);
  if (ended && isMissed && told === undefined) wrong('by items.json the RTO was not met, but no finding reports it');
}

function wrong(what: string): never {
  throw new BrokenPack('findings.json', what);
}
