import type { AuditEntryView } from '@keyferry/core';
import { minimumRetentionMs } from '../audit/check-drop.ts';
import type { EvidenceApproval, EvidenceDrill, EvidenceFinding } from '../drill-evidence.ts';
import { redactText } from '../redact.ts';
import { BrokenPack } from './broken-pack.ts';

/**
 * Whether the audit log and the rest of a pack say the same: what people did stands in both, with the same caller, time and
 * hashes, and neither has anything that the other lacks. Each change and its entry are of one transaction.
 */

/** An entry is written as its transaction ends: so much after the time of the change at most, and what rounding may make before. */
const [sooner, later] = [1_000, 300_000];

interface Told {
  readonly drill: EvidenceDrill;
  readonly approvals: readonly EvidenceApproval[];
  readonly findings: readonly EvidenceFinding[];
  /** When the pack was made: entries of more than a year before may have been dropped. */
  readonly generatedAt: string;
}

/** Throws a BrokenPack. */
export function matchAudit(all: readonly AuditEntryView[], told: Told): void {
  const { drill } = told;
  const entries = all.filter(
    ({ object, outcome }) => object.type === 'drill' && object.id === drill.id && outcome === 'done',
  );
  for (const { seq, detail } of entries) {
    const { spec_sha256: spec } = detail;
    if (spec !== undefined && spec !== drill.spec_sha256) wrong(`entry ${seq} has another runbook than evidence.json`);
  }
  matchDeclaration(entries, told);
  matchApprovals(entries, told);
  matchBrokenGlass(entries, told);
  matchFindings(entries, told);
  matchEnd(entries, told);
}

function matchDeclaration(entries: readonly AuditEntryView[], { drill, generatedAt }: Told): void {
  const [entry, another] = entries.filter(({ action }) => action === 'drill.run');
  if (another !== undefined) wrong(`entry ${another.seq} declares the drill again`);
  if (entry === undefined) {
    mustNotBeMissing('the declaration', drill.declared_at, generatedAt);
    return;
  }
  const { actor, detail } = entry;
  mustAgree(entry, 'evidence.json', [
    ['caller', actor.caller, drill.submitted_by],
    ['name', detail.name, drill.name],
    ['mode', detail.mode, drill.mode],
    ['change ticket', detail.change_ticket ?? null, drill.change_ticket],
  ]);
  mustBeOf(entry, drill.declared_at, 'the declaration', 'evidence.json');
}

function matchApprovals(entries: readonly AuditEntryView[], { approvals, generatedAt }: Told): void {
  const left = entries.filter(({ detail }) => detail.approval_id !== undefined);
  for (const { approver, role, step, decision, spec_sha256: spec, scope_sha256: scope, at } of approvals) {
    const place = left.findIndex(({ detail }) => detail.approver === approver && (detail.step ?? null) === step);
    const [entry] = place < 0 ? [] : left.splice(place, 1);
    if (entry === undefined) {
      mustNotBeMissing(`the decision of ${approver}`, at, generatedAt);
      continue;
    }
    const { actor, detail } = entry;
    mustAgree(entry, 'approvals.json', [
      ['caller', actor.caller, approver],
      ['role', actor.role, role],
      ['decision', detail.decision, decision],
      ['runbook', detail.spec_sha256, spec],
      ['keys', detail.scope_sha256 ?? null, scope],
    ]);
    mustBeOf(entry, at, `the decision of ${approver}`, 'approvals.json');
  }
  const [more] = left;
  if (more !== undefined) {
    throw new BrokenPack(
      'approvals.json',
      `it lacks a decision of ${String(more.detail.approver)}, which entry ${more.seq} of audit.ndjson records`,
    );
  }
}

function matchBrokenGlass(entries: readonly AuditEntryView[], { drill, findings, generatedAt }: Told): void {
  const broken = entries.filter(
    ({ action, detail }) => action === 'drill.break_glass' || detail.broken_glass !== undefined,
  );
  const [first] = broken;
  if (drill.broken_glass === null) {
    if (first === undefined) return;
    throw new BrokenPack('evidence.json', `it has no break-glass, but entry ${first.seq} of audit.ndjson does`);
  }
  const { by, at, reason } = drill.broken_glass;
  if (first === undefined) {
    mustNotBeMissing('the break-glass', at, generatedAt);
    return;
  }
  const given = first.detail.broken_glass;
  mustAgree(first, 'evidence.json', [
    ['caller', first.actor.caller, by],
    ['reason', typeof given === 'string' ? redactText(given) : given, reason],
  ]);
  mustBeOf(first, at, 'the break-glass', 'evidence.json');
  // A later one, at a step, is recorded in its finding.
  for (const { seq: entry, detail } of broken.filter(({ detail }) => detail.seq !== undefined)) {
    const finding = findings.find(({ seq, code }) => seq === detail.seq && code === 'broken_glass');
    if (finding?.message === redactText(String(detail.message))) continue;
    throw new BrokenPack('findings.json', `it lacks the break-glass of entry ${entry} of audit.ndjson`);
  }
  const last = broken.at(-1);
  if (broken.length > findings.filter(({ code }) => code === 'broken_glass').length) {
    throw new BrokenPack('findings.json', `no finding reports the break-glass of entry ${last?.seq} of audit.ndjson`);
  }
}

/** What people noted; other findings are the drill's own, and stand in no entry. */
function matchFindings(entries: readonly AuditEntryView[], { drill, findings, generatedAt }: Told): void {
  const noted = new Map(findings.filter(({ code }) => code === 'noted').map((finding) => [finding.seq, finding]));
  for (const entry of entries.filter(({ action }) => action === 'drill.finding')) {
    const { seq, severity, owner, due, ticket } = entry.detail;
    const finding = noted.get(Number(seq));
    noted.delete(Number(seq));
    if (finding === undefined) {
      throw new BrokenPack(
        'findings.json',
        `it lacks the finding ${String(seq)}, which entry ${entry.seq} of audit.ndjson records`,
      );
    }
    mustAgree(entry, 'findings.json', [
      ['severity', severity, finding.severity],
      ['owner', owner ?? null, finding.owner],
      ['due date', due ?? null, finding.due],
      ['ticket', ticket ?? null, finding.ticket],
    ]);
  }
  const [unknown] = noted.keys();
  if (unknown !== undefined) mustNotBeMissing(`the finding ${unknown}`, drill.declared_at, generatedAt);
}

function matchEnd(entries: readonly AuditEntryView[], { drill, generatedAt }: Told): void {
  const { state, started_at: started, finished_at: finished, reason } = drill;
  const moves = entries.filter(({ detail }) => typeof detail.state === 'string');
  const began = moves.find(({ detail }) => detail.state === 'running');
  if (started === null) {
    if (began !== undefined) wrong(`by entry ${began.seq} the drill started, but by evidence.json it never did`);
  } else if (began === undefined) mustNotBeMissing('the beginning', started, generatedAt);
  else mustBeOf(began, started, 'the beginning', 'evidence.json');

  const last = moves.at(-1);
  if (last === undefined) {
    mustNotBeMissing('the end', finished, generatedAt);
    return;
  }
  mustAgree(last, 'evidence.json', [['state', last.detail.state, state]]);
  const aborts = entries.filter(({ action }) => action === 'drill.abort');
  const abort = aborts.at(-1);
  if (state !== 'aborted') {
    if (abort !== undefined) wrong(`by entry ${abort.seq} the drill was aborted, but by evidence.json it is ${state}`);
    // Of an aborted one calls went on, or it was rolled back.
    mustBeOf(last, finished, 'the end', 'evidence.json');
  } else if (abort === undefined) mustNotBeMissing('the abort', finished, generatedAt);
  else if (reason?.startsWith('Aborted by ') && !reason.startsWith(redactText(`Aborted by ${abort.actor.caller}.`))) {
    wrong(`by entry ${abort.seq} ${abort.actor.caller} aborted the drill; evidence.json says: ${reason}`);
  }
}

function mustAgree(
  { seq }: AuditEntryView,
  file: string,
  values: readonly (readonly [what: string, entry: unknown, file: unknown])[],
): void {
  const other = values.find(([, inEntry, inFile]) => inEntry !== inFile);
  if (other === undefined) return;
  const [what, inEntry, inFile] = other;
  wrong(`entry ${seq} has the ${what} ${shown(inEntry)}, but ${file} has ${shown(inFile)}`);
}

function mustBeOf({ seq, at }: AuditEntryView, time: string, what: string, file: string): void {
  const apart = Date.parse(at) - Date.parse(time);
  if (apart < -sooner || apart > later) wrong(`entry ${seq} of ${what} is of ${at}, but ${file} says ${time}`);
}

/** Entries go a month at a time, the oldest first, and not before they are a year old. */
function mustNotBeMissing(what: string, time: string, generatedAt: string): void {
  if (Date.parse(generatedAt) - Date.parse(time) < minimumRetentionMs) wrong(`no entry records ${what}, at ${time}`);
}

const shown = (value: unknown): string => (value === null || value === undefined ? 'none' : String(value));

function wrong(what: string): never {
  throw new BrokenPack('audit.ndjson', what);
}
