import { askingRulesInWords, differingFields, escapeHtml, type PlanView, type ReplicaView } from '@keyferry/core';

/** A report for people: one page that needs nothing from elsewhere, and prints well. Every value from outside is escaped. */

function text(value: string | number | null): string {
  return value === null ? '–' : escapeHtml(String(value));
}

const style = `
  body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem; color: #16202c; background: #fff }
  h1 { font-size: 1.4rem; margin: 0 0 .2rem } p { margin: .2rem 0; color: #4a5766 }
  table { border-collapse: collapse; margin-top: 1rem; width: 100%; font-size: 12px }
  th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid #d8dee6; vertical-align: top }
  th { position: sticky; top: 0; background: #f3f5f8 } td.mono { font-family: ui-monospace, monospace; word-break: break-all }
  .succeeded, .already_present { color: #136a3a } .failed, .blocked { color: #a3201d } .cancelled { color: #7a5b00 }
  @media print { body { margin: 0 } th { position: static } tr { break-inside: avoid } }`;

const heads = [
  'Key',
  'Region',
  'State',
  'Outcome',
  'Key state',
  'Attempts',
  'Accepted',
  'Usable',
  'Differs in',
  'Error',
];

/** Everything before the first row. `generatedAt`: when the report was asked for, RFC 3339. */
export function htmlHead(plan: PlanView, generatedAt: string): string {
  const { total, ...byState } = plan.counts;
  const counts = Object.entries(byState).filter(([, count]) => count > 0);
  const spread = counts.map(([state, count]) => `${count} ${state.replaceAll('_', ' ')}`).join(' · ');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Keyferry: ${text(plan.name)}</title><style>${style}</style></head><body>
<h1>${text(plan.name)}</h1>
<p>Plan ${text(plan.id)} · <strong>${text(plan.state.replaceAll('_', ' '))}</strong> · spec SHA-256 ${text(plan.spec_sha256)}</p>
<p>Submitted ${text(plan.created_at)} by ${text(plan.created_by)} · started ${text(plan.started_at)} · finished ${text(plan.finished_at)}</p>
${approvalLines(plan)}<p>${total} replicas: ${text(spread)}${plan.differing > 0 ? ` · ${plan.differing} differ from the request` : ''}${plan.pending_import > 0 ? ` · ${plan.pending_import} without key material` : ''}</p>
<p>Generated ${text(generatedAt)}. Times are UTC.</p>
<table><thead><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr></thead><tbody>
`;
}

/** The change ticket, and who approved the plan; those whose approval counts no more too. */
function approvalLines({ approvals_required, approval_rules, approvals, resolved_sha256, spec }: PlanView): string {
  const asking = askingRulesInWords(approval_rules);
  const { options } = spec as { options?: { change_ticket?: string | null } };
  const lines = [
    ...(options?.change_ticket ? [`Change ticket ${text(options.change_ticket)}`] : []),
    ...(approvals_required > 0
      ? [
          `Approvals needed: ${approvals_required}${asking === null ? '' : `, by ${text(asking)}`} · SHA-256 of the resolved rows ${text(resolved_sha256)}`,
        ]
      : []),
    ...approvals.map(({ approved_at, approver, role, comment, voided_at, void_reason }) => {
      const said = comment === null ? '' : `: ${text(comment)}`;
      const voided = voided_at === null ? '' : ` · void since ${text(voided_at)}: ${text(void_reason)}`;
      return `Approved ${text(approved_at)} by ${text(approver)} (${role})${said}${voided}`;
    }),
  ];
  return lines.map((line) => `<p>${line}</p>\n`).join('');
}

/** One table row. */
export function htmlRow(replica: ReplicaView): string {
  const error = replica.error ? `${text(replica.error.code)}: ${text(replica.error.message)}` : '';
  const cells = [
    `<td class="mono">${replica.alias ? `${text(replica.alias)}<br>` : ''}${text(replica.key_arn ?? replica.key_id)}</td>`,
    `<td>${text(replica.region)}</td>`,
    `<td class="${replica.state}">${text(replica.state.replaceAll('_', ' '))}</td>`,
    `<td>${text(replica.outcome?.replaceAll('_', ' ') ?? null)}</td>`,
    `<td>${text(replica.key_state)}</td>`,
    `<td>${replica.attempts}</td>`,
    `<td>${text(replica.accepted_at)}</td>`,
    `<td>${text(replica.usable_at)}</td>`,
    `<td>${text(differingFields(replica.diff ?? []).join(', ') || null)}</td>`,
    `<td>${error}</td>`,
  ];
  return `<tr>${cells.join('')}</tr>\n`;
}

export const htmlTail = '</tbody></table></body></html>\n';
