import {
  type DrillPauses,
  drillPauses,
  exactDurationInWords,
  type LostTime,
  type ReachedBy,
  reachedBy,
} from '@keyferry/core';
import type {
  EvidenceApproval,
  EvidenceDrill,
  EvidenceFinding,
  EvidenceLogEntry,
  EvidenceStep,
} from '../drill-evidence.ts';
import type { EvidenceDocument } from '../evidence-document.ts';
import { legendOf } from './coverage-legend.ts';
import { mark, moment, table, text, words } from './html.ts';
import type { Picture } from './picture.ts';
import { reportStyle } from './style.ts';
import { drawTimeline } from './timeline.ts';
import { verdictOf } from './verdict.ts';

export interface ReportFacts {
  readonly document: EvidenceDocument;
  readonly approvals: readonly EvidenceApproval[];
  readonly findings: readonly EvidenceFinding[];
  readonly log: readonly EvidenceLogEntry[];
  readonly picture: Picture;
}

/** The report of a drill for people: one page that needs nothing from elsewhere, runs no script, and prints on A4. */
export function renderReport(facts: ReportFacts): string {
  const { drill } = facts.document;
  const parts = [
    head(facts),
    targets(facts),
    timeline(facts),
    matrix(facts),
    duties(facts),
    findings(facts),
    steps(facts),
    promotions(facts),
    lost(facts),
    httpChecks(facts),
    verification(facts),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${text(drill.name)}: evidence of a disaster-recovery drill</title><style>${reportStyle(drill)}</style></head><body>
${parts.filter((part) => part !== '').join('\n')}
</body></html>
`;
}

function head({ document, findings: all }: ReportFacts): string {
  const { drill, tally } = document;
  const verdict = verdictOf(document);
  const { rto, rpo } = tally.times;
  const tone = (met: boolean | null) => (met === null ? '' : met ? 'good' : 'bad');
  const covered = (tally.times.by_state.covered ?? 0) === rto.total.cells && rto.total.cells > 0;
  const open = all.filter(({ severity }) => severity !== 'info').length;
  const tiles = [
    [
      'RTO, actual',
      rto.total.max_ms === null ? 'not reached' : exactDurationInWords(rto.total.max_ms),
      target(rto.target_ms),
      tone(rto.total.met),
    ],
    [
      'RPO, key material equal',
      `${rpo.total.equal} of ${rpo.total.cells}`,
      rpo.target_ms === null
        ? 'no target'
        : `target: gap of ${rpo.target_ms === 0 ? '0' : exactDurationInWords(rpo.target_ms)}`,
      tone(rpo.total.met),
    ],
    [
      'Covered at the end',
      `${tally.times.by_state.covered ?? 0} of ${rto.total.cells}`,
      'key-Region pairs',
      covered ? 'good' : 'bad',
    ],
    ['Findings', String(open), `and ${all.length - open} for information`, open > 0 ? 'warn' : 'good'],
  ];
  const facts: [string, string][] = [
    ['Scenario', text(drill.scenario)],
    ...(drill.description === null ? [] : ([['Description', text(drill.description)]] as [string, string][])),
    ['Kind', drill.mode === 'live' ? 'Live: its steps were run' : 'Rehearsal: nothing was changed'],
    ['Scope', `${drill.scope.keys} keys into ${text(drill.scope.regions.join(', '))}`],
    ['Regions assumed lost', text(drill.scope.lost_regions.join(', ') || 'none')],
    ['AWS accounts', text(drill.scope.accounts.join(', '))],
    ['Change ticket', text(drill.change_ticket)],
    ['Submitted by', text(drill.submitted_by)],
    ['Declared (T0)', moment(drill.declared_at)],
    ['Approved (T1)', drill.approvals_required === 0 ? 'no approval needed' : moment(drill.approved_at)],
    ['First call (T2)', moment(tally.times.first_call_at)],
    ['All accepted (T3)', moment(tally.times.accepted_at)],
    ['All usable (T4)', moment(tally.times.usable_at)],
    ['Last promotion confirmed', moment(tally.times.promoted_at)],
    ['All proven (T5)', moment(tally.times.proven_at)],
    [
      'Closed (T6)',
      `${moment(drill.finished_at)}, ${text(words(drill.state))}${drill.reason === null ? '' : `: ${text(drill.reason)}`}`,
    ],
    ['CipherTrust Manager', text(document.cckm_host)],
    ['Keyferry', `version ${text(document.keyferry_version)}`],
    ['Runbook, SHA-256', `<code>${text(drill.spec_sha256)}</code>`],
    ['Keys in scope, SHA-256', `<code>${text(drill.scope_sha256)}</code>`],
    ['Drill', `<code>${text(drill.id)}</code>`],
  ];
  return `<p class="eyebrow">Evidence of a disaster-recovery drill</p>
<h1>${text(drill.name)}</h1>
<div class="verdict ${verdict.tone}"><strong>${text(verdict.title)}</strong><span>${text(verdict.text)}</span></div>
<div class="tiles">${tiles.map(([label, value, note, kind]) => `<div class="tile ${kind}"><span>${text(label)}</span><b>${text(value)}</b><span>${text(note)}</span></div>`).join('')}</div>
<dl class="facts">${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('\n')}</dl>
<p class="note">${text(document.clock)}</p>`;
}

const target = (ms: number | null): string => (ms === null ? 'no target' : `target: ${exactDurationInWords(ms)}`);
const duration = (ms: number | null): string => (ms === null ? 'not reached' : exactDurationInWords(ms));
const met = (value: boolean | null): string =>
  value === null ? '<span class="muted">no target</span>' : value ? mark('good', '✓ met') : mark('bad', '✗ missed');

function targets({ document }: ReportFacts): string {
  const { rto, rpo } = document.tally.times;
  const time = [...rto.by_region, { region: 'All Regions', ...rto.total }];
  const point = [...rpo.by_region, { region: 'All Regions', ...rpo.total }];
  const number = (name: string) => ({ head: name, kind: 'number' as const });
  const { deviations } = document.tally;
  return `<h2>Targets and results</h2>
<h3>Recovery time: from the declaration until a key is usable in a Region</h3>
${table(
  [
    'Region',
    number('Key-Region pairs'),
    number('Reached'),
    number('Target'),
    number('p50'),
    number('p95'),
    number('Longest'),
    number('In time'),
    'RTO',
  ],
  time.map((row) => [
    text(row.region),
    String(row.cells),
    String(row.reached),
    rto.target_ms === null ? '–' : exactDurationInWords(rto.target_ms),
    duration(row.p50_ms),
    duration(row.p95_ms),
    duration(row.max_ms),
    text(row.within_target),
    met(row.met),
  ]),
  'total',
)}
<p class="note">Measured from the declaration (T0, ${moment(document.drill.declared_at)}) to ${measuredTo(rto.measured_to)}. Percentiles are nearest-rank over all pairs in scope; a pair that was not reached counts as longer than any other, and as missed. Waiting for approvals counts.</p>
<h3>Recovery point: whether a replica has the key material of its primary</h3>
${table(
  [
    'Region',
    number('Key-Region pairs'),
    number('Compared'),
    number('Equal by material'),
    number('Equal by key id'),
    { head: 'Material valid until', kind: 'whole' as const },
    'RPO',
  ],
  point.map((row) => [
    text(row.region),
    String(row.cells),
    String(row.compared),
    String(row.by_material),
    String(row.by_key_id),
    row.nearest_valid_to === null ? 'no end known' : moment(row.nearest_valid_to),
    met(row.met),
  ]),
  'total',
)}
<p class="note">A gap of 0: the same current key material (AWS_KMS), or the same set of imported key materials (EXTERNAL), by their ids. By key id: CCKM reports no id of the material, and KMS keeps the material of an AWS_KMS key equal in all Regions. Pairs that were not compared count as missed.</p>
${
  deviations.length === 0
    ? ''
    : `<h3>Deviations</h3>${table(
        ['Region', 'What', 'Expected', 'Actual'],
        deviations.map(({ code, region, expected, actual }) => [
          text(region),
          mark('bad', deviationNames[code]),
          text(expected),
          text(actual),
        ]),
      )}`
}`;
}

const measuredNames: Readonly<Record<ReachedBy, string>> = {
  proof_after_promotion: 'the first proof after the promotion',
  promotion: 'the promotion, without a proof after it',
  proof: 'the first proof (T5)',
  usable: 'the moment it was read as usable (T4), without a proof',
};

/** `the first proof after the promotion (38 key-Region pairs)`, for each that there is. */
function measuredTo(counts: Readonly<Record<ReachedBy, number>>): string {
  const parts = reachedBy.flatMap((by) =>
    counts[by] > 0 ? [`${measuredNames[by]} (${counts[by]} key-Region pairs)`] : [],
  );
  return parts.length === 0 ? 'nothing, because no pair was reached' : parts.join(', or ');
}

const deviationNames = { rto_missed: 'RTO missed', rpo_missed: 'RPO missed', not_covered: 'Not covered' };

function timeline({ document: { drill, steps: all }, approvals, log, picture }: ReportFacts): string {
  const pauses = pausesOf(drill, all, log);
  return `<h2>Timeline</h2>
${drawTimeline({ drill, steps: all, approvals, pauses, ...picture })}
<p class="note">From ${moment(drill.declared_at)} to ${moment(drill.finished_at)} UTC. Bars are steps (green: succeeded, red: failed, grey: skipped), diamonds approvals (green) and rejections (red); below, the number of key-Region pairs that were usable (line) and reached, which means proven if there is a proof (area). Hatched: waiting for approval or paused; long waits are drawn shorter.</p>`;
}

function pausesOf(
  { declared_at: declared, finished_at: finished }: EvidenceDrill,
  all: readonly EvidenceStep[],
  log: readonly EvidenceLogEntry[],
): DrillPauses {
  const ms = (time: string | null) => (time === null ? null : Date.parse(time));
  return drillPauses({
    declaredAt: Date.parse(declared),
    endedAt: Date.parse(finished),
    steps: all.map(({ kind, started_at: from, finished_at: to }) => ({
      kind,
      startedAt: ms(from),
      finishedAt: ms(to),
    })),
    log: log.map(({ at, kind, detail }) => ({
      at: Date.parse(at),
      kind,
      state: (detail as { state?: unknown } | null)?.state,
    })),
  });
}

function matrix({ picture, document: { drill, tally } }: ReportFacts): string {
  const { regions, rows, gapsOnly, more } = picture;
  const present = Object.keys(tally.times.by_state);
  const legend = present.map((state) => {
    const { letter, tone } = legendOf(state);
    return `<span><i class="cell ${tone}">${letter}</i>${text(legendOf(state).label)}: ${tally.times.by_state[state]}</span>`;
  });
  const heads = [...regions.map((region) => `<th class="region">${text(region)}</th>`)].join('');
  const lines = rows.map(({ key, account, primaryRegion, cells }) => {
    const inRegions = regions.map((region) => {
      if (!cells.has(region)) return '<td class="cell">·</td>';
      const { letter, tone, label } = legendOf(cells.get(region) ?? null);
      return `<td class="cell ${tone}" title="${text(label)}">${letter}</td>`;
    });
    return `<tr><td class="key">${text(key)}<br><span class="muted">${text(account)} · primary in ${text(primaryRegion)}</span></td>${inRegions.join('')}</tr>`;
  });
  const left = more === 0 ? '' : `<p class="note">${more} further keys with gaps are in items.csv.</p>`;
  const what = gapsOnly
    ? `<p>${drill.scope.keys} keys are too many for this page: only those with a gap are shown; items.csv has all of them.</p>`
    : '';
  const grid =
    rows.length === 0
      ? `<p>${gapsOnly ? 'No key has a gap.' : 'No key was checked.'}</p>`
      : `<table class="matrix"><thead><tr><th>Key</th>${heads}</tr></thead><tbody>\n${lines.join('\n')}\n</tbody></table>`;
  return `<h2>Coverage when the drill ended</h2>
${what}<div class="legend">${legend.join('')}</div>
${grid}${left}`;
}

function duties({ document: { drill }, approvals }: ReportFacts): string {
  const needed =
    drill.approvals_required === 0
      ? 'This drill needed no approval to start.'
      : `This drill needed ${drill.approvals_required} ${drill.approvals_required === 1 ? 'approval' : 'approvals'} to start, none of them by ${text(drill.submitted_by)}, who submitted it.`;
  const glass =
    drill.broken_glass === null
      ? ''
      : `<p>${mark('bad', 'Break-glass.')} ${text(drill.broken_glass.by)} continued it without the missing approvals at ${moment(drill.broken_glass.at)}: ${text(drill.broken_glass.reason)}</p>`;
  const rows = approvals.map(
    ({ at, approver, role, step, decision, comment, spec_sha256: sha, scope_sha256: scope }) => [
      moment(at),
      text(approver),
      text(role),
      step === null ? 'the whole drill' : `step <code>${text(step)}</code>`,
      decision === 'approve' ? mark('good', 'approved') : mark('bad', 'rejected'),
      text(comment),
      `<code>${text(sha.slice(0, 12))}…<br>${scope === null ? '–' : `${text(scope.slice(0, 12))}…`}</code>`,
    ],
  );
  return `<h2>Approvals and duties</h2>
<p>${needed}</p>${glass}
${rows.length === 0 ? '<p>No approvals or rejections.</p>' : table([{ head: 'When', kind: 'whole' }, 'Who', 'Role', 'Of', 'Decision', 'Comment', 'Runbook, keys'], rows)}`;
}

function findings({ findings: all }: ReportFacts): string {
  const tones: Readonly<Record<string, 'good' | 'warn' | 'bad'>> = { blocking: 'bad', warning: 'warn', info: 'good' };
  const rows = all.map(({ severity, code, message, step, owner, due, ticket }) => [
    mark(tones[severity] ?? 'warn', severity),
    `${text(message)}<br><span class="muted">${text(code)}${step === null ? '' : ` · step ${text(step)}`}</span>`,
    text(owner),
    text(due),
    text(ticket),
  ]);
  return `<h2>Findings</h2>
${rows.length === 0 ? '<p>None.</p>' : table(['Severity', 'Finding', 'Owner', { head: 'Due', kind: 'whole' }, 'Ticket'], rows)}`;
}

function steps({ document: { steps: all } }: ReportFacts): string {
  const tone = (state: string) =>
    state === 'succeeded' ? 'good' : state === 'skipped' || state === 'pending' ? 'warn' : 'bad';
  const rows = all.map(({ position, id, kind, title, state, started_at: from, finished_at: to, error }) => [
    String(position + 1),
    `${title === null ? '' : `${text(title)}<br>`}<code>${text(id)}</code>`,
    text(kind),
    mark(tone(state), words(state)),
    moment(from),
    from === null || to === null ? '–' : exactDurationInWords(Date.parse(to) - Date.parse(from)),
    errorText(error),
  ]);
  return `<h2>Steps</h2>
${table([{ head: '#', kind: 'number' }, 'Step', { head: 'Kind', kind: 'whole' }, 'State', { head: 'Started', kind: 'whole' }, { head: 'Duration', kind: 'number' }, 'Error'], rows)}`;
}

function errorText(error: unknown): string {
  if (error === null || error === undefined) return '–';
  if (typeof error === 'string') return text(error);
  const { code, message } = error as { code?: string; message?: string };
  return message === undefined
    ? `<code>${text(JSON.stringify(error))}</code>`
    : `${text(message)}${code === undefined ? '' : ` <span class="muted">${text(code)}</span>`}`;
}

function promotions({ document: { tally } }: ReportFacts): string {
  const { total, by_state: states, by_region: regions } = tally.promotions;
  if (total === 0) return '';
  const spread = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${text(words(name))}`)
      .join(' · ');
  return `<h2>Promotions and failback</h2>
<p>${total} ${total === 1 ? 'promotion' : 'promotions'}. By outcome: ${spread(states)}. By target Region: ${spread(regions)}.</p>
<p class="note">Succeeded: read in every Region of the key: the new primary is PRIMARY and Enabled, the old one REPLICA and Enabled. promotions.csv lists each one.</p>`;
}

const lostNames: Readonly<Record<keyof LostTime, string>> = {
  approval_ms: 'Waiting for approval',
  paused_ms: 'Paused by a user',
  throttled_ms: 'Throttled by AWS',
  retries_ms: 'Other failed calls, until the next call',
};

function lost({ document: { tally } }: ReportFacts): string {
  const { lost: sum, worst } = tally.times;
  const rows = (Object.keys(lostNames) as (keyof LostTime)[]).map((name) => [
    lostNames[name],
    exactDurationInWords(worst[name]),
    exactDurationInWords(sum[name]),
  ]);
  return `<h2>Time lost</h2>
${table(['Cause', { head: 'Maximum of one pair', kind: 'number' }, { head: 'Sum over all key-Region pairs', kind: 'number' }], rows)}
<p class="note">Within the recovery times above. No moment counts twice: a pause does not count as waiting for approval, and waiting does not count as throttling or retries.</p>`;
}

function httpChecks({ log }: ReportFacts): string {
  const calls = log.filter(({ kind }) => kind.startsWith('http'));
  if (calls.length === 0) return '';
  const most = 40;
  const shown = calls.slice(-most);
  return `<h2>The team's own checks</h2>
${calls.length > most ? `<p>The last ${most} of ${calls.length} entries; http-checks.json has all of them.</p>` : ''}
${table(
  [{ head: 'When', kind: 'whole' }, 'Step', 'What'],
  shown.map(({ at, step, message }) => [moment(at), text(step), text(message)]),
)}`;
}

function verification({ document }: ReportFacts): string {
  const key = document.signed_with;
  const runbook = document.runbook.exact
    ? 'runbook.json is the runbook as approved: its SHA-256 is the one above.'
    : `These values were removed from runbook.json, because they name who may use a key or may contain a secret: ${document.runbook.redacted.map((path) => `<code>${text(path)}</code>`).join(', ')}. The SHA-256 above is that of the original runbook.`;
  return `<h2>How to verify this</h2>
<p>This report is one file of an evidence pack. The manifest of the pack has the SHA-256 of every file, and is signed. Offline, without access to Keyferry:</p>
<pre>keyferry evidence verify drill-….zip --key public.pem</pre>
<p>reports the first problem: any changed byte, a missing or added file, a sum that does not follow from its rows, a report or CSV file that does not match the JSON, a missing finding, an approval by the submitter, a changed audit entry, or one that contradicts the rest. README.txt in the pack shows the same with common tools.</p>
<p>${key === null ? `${mark('bad', 'Not signed:')} Keyferry had no signing key. Hashes show damage, not forgery.` : `Signed with the Ed25519 key <code>${text(key)}</code>. Compare this id with one from another source.`}</p>
<p>${runbook}</p>`;
}
