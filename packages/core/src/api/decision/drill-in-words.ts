import { approvalsInWords } from '../../drill/approvals-in-words.ts';
import type { Runbook, RunbookStep } from '../../drill/runbook.ts';
import { stepInWords } from '../../drill/step-in-words.ts';
import { toleranceInWords } from '../../plan/limits-in-words.ts';
import { policyWays } from '../../plan/replica-block.ts';
import { countOf, inSentence } from '../../text/listed.ts';
import type { DrillView } from '../drill-views.ts';
import { askedByRules } from './asked-by-rules.ts';
import { type DecisionLine, type DecisionSection, documentLine, saying, warning } from './decision-section.ts';
import { choiceInWords, keysInWords, type NamedKey, ownRegionsLines } from './keys-in-words.ts';
import { copiedNames, defaultPolicy, replicaSettingsInWords } from './replica-settings-in-words.ts';

/** What a decision on a drill is made from, besides the drill: its first keys. */
export interface DrillDecisionFacts {
  readonly keys: readonly NamedKey[];
}

/**
 * What an approver agrees to with a drill, in words and in this order: what it is, its keys, each step with its target, what
 * replicas get, who may approve, and last the hashes. `step` is the id of the step that waits; null: the drill as a whole.
 */
export function drillInWords(drill: DrillView, { keys }: DrillDecisionFacts, step: string | null): DecisionSection[] {
  const runbook = drill.spec as Runbook;
  const changesKeys = runbook.steps.some(({ step: kind }) => ['replicate', 'promote', 'failback'].includes(kind));
  return [
    { title: 'What it does', lines: deed(drill, runbook, step) },
    { title: 'Keys and Regions', lines: keysAndPlaces(drill, runbook, keys) },
    { title: 'Steps, in order', lines: runbook.steps.flatMap((one, at) => stepLines(one, at, step)) },
    ...(changesKeys ? [{ title: 'Replica settings', lines: settings(runbook) }] : []),
    { title: 'People', lines: people(drill, runbook) },
    {
      title: 'What is approved',
      lines: [
        saying('SHA-256 of the runbook', drill.spec_sha256),
        saying('SHA-256 of its keys', drill.scope_sha256 ?? 'not known yet'),
      ],
    },
  ];
}

function deed(drill: DrillView, { description, targets, steps, mode }: Runbook, step: string | null): DecisionLine[] {
  const moves = steps.flatMap((one) => (one.step === 'promote' ? [one.to] : []));
  const waiting = steps.find(({ id }) => id === step);
  const live = [
    ...(moves.length > 0 ? [`moves primaries to ${inSentence([...new Set(moves)])}`] : []),
    ...(steps.some((one) => one.step === 'replicate') ? ['creates missing replicas'] : []),
  ];
  const does =
    mode === 'rehearse'
      ? 'Rehearsal: changes nothing. Plans are previewed; calls, waits and notices are logged and skipped.'
      : live.length > 0
        ? `Live: ${inSentence(live)}.`
        : 'Live, but no step creates a replica or moves a primary.';
  return [
    saying('', does),
    ...(step === null ? [] : [saying('Decided now', `Step ${step}: ${waiting ? stepInWords(waiting) : 'not known'}`)]),
    saying('Drill', `${drill.name} (${drill.id})`),
    saying('Scenario', drill.scenario),
    ...(description === null ? [] : [documentLine('Description', description)]),
    saying('Change ticket', drill.change_ticket ?? 'none'),
    saying('Targets', [
      targets.rto === null ? 'no RTO' : `RTO ${targets.rto}`,
      targets.rpo === null ? 'no RPO' : `RPO ${targets.rpo}`,
    ]),
  ];
}

function keysAndPlaces(
  { lost_regions: lost, regions, keys: total }: DrillView,
  { account_regions, ...chosen }: Runbook,
  keys: DrillDecisionFacts['keys'],
): DecisionLine[] {
  return [
    saying('Assumed lost', lost.join(', ') || 'no Region'),
    saying('Regions', regions.join(', ')),
    ...ownRegionsLines(account_regions),
    saying('Selected by', choiceInWords(chosen)),
    saying('Keys', total === null ? 'not known yet' : [`${countOf(total, 'key')}:`, ...keysInWords(keys, total)]),
  ];
}

function stepLines(step: RunbookStep, at: number, waiting: string | null): DecisionLine[] {
  const [target, ...documents] = targetOf(step);
  const does = stepInWords(
    step.step === 'approve' ? { ...step, title: null, message: null } : { ...step, title: null },
  );
  const said = [
    `${step.title === null ? '' : `“${step.title}”: `}${asSentence(does)}`,
    ...(target?.said ?? []),
    `${timeText(step)}${failureText(step)}`,
    ...(step.id === waiting ? ['This step is waiting for your decision.'] : []),
  ];
  return [saying(`${at + 1}. ${step.id}`, said), ...documents];
}

const asSentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

const timeText = (step: RunbookStep): string => ('timeout' in step ? `Timeout ${step.timeout}. ` : '');

function failureText({ on_failure }: RunbookStep): string {
  return {
    stop: 'If it fails, the drill fails.',
    continue: 'If it fails, the drill continues.',
    rollback: 'If it fails, promoted keys are promoted back and the drill fails.',
  }[on_failure];
}

/** What a step reaches, then the documents that it sends. */
function targetOf(step: RunbookStep): DecisionLine[] {
  switch (step.step) {
    case 'preflight':
    case 'wait':
      return [];
    case 'coverage':
      return [
        saying(
          '',
          `At least ${step.at_least} % of ${step.policy === null ? 'the keys of the drill' : `the policy ${step.policy}`}.`,
        ),
      ];
    case 'verify':
      return [saying('', everywhere(step.regions))];
    case 'replicate':
      return [
        saying('', [
          ...everywhere(step.regions),
          optionsText(step.options),
          step.options.import_material ? 'Key material is imported.' : 'Key material is not imported.',
        ]),
      ];
    case 'promote':
      return [saying('', [`The replicas in ${step.to} become the primaries.`, optionsText(step.options)])];
    case 'failback':
      return [
        saying('', [
          'Each key that this drill promoted is promoted back to its original Region.',
          optionsText(step.options),
        ]),
      ];
    case 'approve':
      return [
        saying('', [
          `Needs ${countOf(step.approvals, 'approval')}.`,
          ...(step.message === null ? [] : [`Message: ${step.message}`]),
        ]),
      ];
    case 'notify':
      return [saying('', 'Sent to every webhook that subscribes to drill notices.')];
    case 'http':
      return httpTarget(step);
  }
}

const everywhere = (regions: readonly string[] | undefined): string[] =>
  regions === undefined ? ['In all Regions of the drill.'] : [];

function httpTarget({
  method,
  url,
  headers,
  body,
  bearer,
  expect,
  every,
}: Extract<RunbookStep, { step: 'http' }>): DecisionLine[] {
  const named = Object.entries(headers).map(([name, value]) => `Header ${name}: ${value}`);
  return [
    saying('', [
      `${method} ${url}`,
      ...named,
      ...(bearer === null ? [] : [`With the bearer token ${bearer} of the workers.`]),
      `Passes on status ${expect.status.join(' or ')}${expect.body_contains === null ? '' : ` and “${expect.body_contains}” in the response`}.`,
      every === null ? 'Called once.' : `Retried every ${every} until it passes.`,
    ]),
    ...(body === null ? [] : [documentLine('Request body', body)]),
  ];
}

type StepOptions = Extract<RunbookStep, { step: 'promote' }>['options'];

function optionsText({ priority, max_in_flight, failure_tolerance, max_attempts }: StepOptions): string {
  return `Max in flight ${max_in_flight.toLocaleString('en')}, priority ${priority}, ${countOf(max_attempts, 'attempt')} each. ${toleranceInWords({ failure_tolerance: failure_tolerance ?? null })}.`;
}

function settings({ replica, same_as_primary: same, ignore_tags: ignored = [] }: Runbook): DecisionLine[] {
  const noPolicy = policyWays(replica).length === 0 && !same.includes('policy');
  return [
    ...(noPolicy ? [defaultPolicy] : []),
    ...replicaSettingsInWords(replica),
    ...(same.length > 0 ? [saying('Same as primary', `${copiedNames(same)}, read when the plan is resolved`)] : []),
    ...([...same, ...(replica.same_as_primary ?? [])].includes('policy')
      ? [warning('Key policy', 'Copied from each primary when the step starts, so it cannot be shown here.')]
      : []),
    ...(ignored.length > 0 ? [saying('Ignored tags', ignored)] : []),
  ];
}

function people(
  { created_by, declared_at, proposed_by, approvals, approvals_required, approval_rules }: DrillView,
  { approvers }: Runbook,
): DecisionLine[] {
  const given = approvals.map(
    ({ approver, role, decision, step, at, comment }) =>
      `${approver} (${role}) ${decision === 'approve' ? 'approved' : 'rejected'}${step === null ? '' : ` ${step}`} at ${at}${comment === null ? '' : `: ${comment}`}`,
  );
  const whole = approvals.filter(({ step, decision }) => step === null && decision === 'approve').length;
  return [
    saying('Declared', `${declared_at} by ${created_by}`),
    saying(
      'May approve',
      `${approvers.length > 0 ? inSentence(approvers) : 'Anyone with the role approver or admin'}, except ${inSentence(proposed_by)}.`,
    ),
    ...askedByRules(approval_rules),
    saying('Approvals', [approvalsInWords(whole, approvals_required), ...given]),
    ...(approvals_required === 0 ? [warning('', 'No approval needed to start.')] : []),
  ];
}
