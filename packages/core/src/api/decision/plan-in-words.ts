import { approvalsInForce } from '../../plan/approvals-in-force.ts';
import { toleranceInWords, windowsInWords } from '../../plan/limits-in-words.ts';
import { policyWays, type ReplicaBlock } from '../../plan/replica-block.ts';
import type { PlanSpec } from '../../plan/spec.ts';
import type { ReplicaState } from '../../replica/states.ts';
import { countOf, firstOf, inSentence } from '../../text/listed.ts';
import { durationInWords } from '../../time/duration-in-words.ts';
import { limitsOf } from '../limits-of.ts';
import type { MatrixView } from '../matrix-view.ts';
import type { PreviewView } from '../preview-view.ts';
import type { PlanView } from '../views.ts';
import { askedByRules } from './asked-by-rules.ts';
import { type DecisionLine, type DecisionSection, documentLine, saying, warning } from './decision-section.ts';
import { choiceInWords, keysInWords, mostListed, ownRegionsLines } from './keys-in-words.ts';
import { defaultPolicy, namedLines, policyLines, replicaSettingsInWords } from './replica-settings-in-words.ts';

/** What a decision on a plan is made from, besides the plan itself; read after it, so that it is of the same rows or newer ones. */
export interface PlanDecisionFacts {
  readonly preview: PreviewView;
  /** The first keys of the plan, and how many there are. */
  readonly matrix: Pick<MatrixView, 'keys' | 'regions' | 'items'>;
}

/**
 * What an approver agrees to with a plan, in words and in this order: what it does, where and with which keys, what each
 * replica gets, how fast and until when, who is behind it, and last the hashes. `now` in milliseconds since the epoch.
 */
export function planInWords(plan: PlanView, facts: PlanDecisionFacts, now: number): DecisionSection[] {
  const spec = plan.spec as PlanSpec;
  return [
    { title: 'What it does', lines: deed(plan, spec, facts) },
    { title: 'Keys and Regions', lines: keysAndPlaces(spec, facts) },
    ...(plan.operation === 'promote' ? [] : [{ title: 'Replica settings', lines: settings(spec, facts.preview) }]),
    { title: 'Pace and failure handling', lines: pace(plan, spec, facts.preview) },
    { title: 'People', lines: people(plan, now) },
    {
      title: 'What is approved',
      lines: [
        saying('SHA-256 of the plan', plan.spec_sha256),
        saying('SHA-256 of its rows', plan.resolved_sha256 ?? 'not known yet'),
      ],
    },
  ];
}

function deed(plan: PlanView, spec: PlanSpec, { preview, matrix }: PlanDecisionFacts): DecisionLine[] {
  const { changed_since_preview: changed, counts } = plan;
  const accounts = new Set(preview.origins.map(({ account }) => account));
  const keys = `${countOf(matrix.keys, 'key')} of ${countOf(accounts.size, 'account')}`;
  const into = inSentence(firstOf(matrix.regions, mostListed));
  const from = inSentence(primaryRegions(preview).map(({ name }) => name));
  const primaries = matrix.keys === 1 ? 'primary is' : 'primaries are';
  const done =
    matrix.keys === 0
      ? 'Nothing: the plan has no keys.'
      : plan.operation === 'promote'
        ? `Move the ${matrix.keys === 1 ? 'primary' : 'primaries'} of ${keys} to ${into}; the ${primaries} in ${from} now.`
        : `Create replicas of ${keys} in ${into}; the ${primaries} in ${from}.`;
  const states = (Object.keys(stateWords(plan.operation)) as ReplicaState[]).filter((state) => counts[state] > 0);
  const each = states.map((state) => `${counts[state].toLocaleString('en')} ${stateWords(plan.operation)[state]}`);
  const since = changed?.changes ?? [];
  return [
    saying('', done),
    saying('Plan', `${plan.name} (${plan.id})`),
    saying('Change ticket', spec.options.change_ticket ?? 'none'),
    saying(
      plan.operation === 'promote' ? 'Promotions' : 'Replicas',
      `${counts.total.toLocaleString('en')}: ${each.join(', ') || 'none'}`,
    ),
    ...preview.reasons.map(({ code, count, message }) =>
      warning('Not done', `${count.toLocaleString('en')} × ${code}: ${message}`),
    ),
    ...(counts.blocked > 0
      ? [saying('', 'Once the cause is fixed, a retry also runs the blocked ones, under this approval.')]
      : []),
    ...(since.length > 0
      ? [
          warning(
            'Since preview',
            since.map(({ code, count }) => `${count.toLocaleString('en')} × ${code}`),
          ),
        ]
      : []),
    ...preview.warnings.map(({ code, count, message }) =>
      warning('Warning', `${count.toLocaleString('en')} × ${code}: ${message}`),
    ),
  ];
}

const stateWords = (operation: PlanView['operation']): Partial<Record<ReplicaState, string>> => ({
  pending: 'pending',
  already_present: operation === 'promote' ? 'already primary' : 'already present',
  blocked: 'blocked',
  queued: 'queued',
  replicating: 'being called',
  creating: 'being created',
  importing: 'waiting for key material',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
});

interface NameWithKeys {
  readonly name: string;
  readonly keys: number;
}

const counted = (given: readonly NameWithKeys[]): string[] =>
  given.map(({ name, keys }) => `${name} (${countOf(keys, 'key')})`);

const primaryRegions = ({ origins }: PreviewView): NameWithKeys[] =>
  sumUp(origins.map(({ primary_region: name, keys }) => ({ name: name ?? 'an unknown Region', keys })));

/** Adds up what has one name, the most keys first. */
function sumUp(given: readonly NameWithKeys[]): NameWithKeys[] {
  const sums = new Map<string, number>();
  for (const { name, keys } of given) sums.set(name, (sums.get(name) ?? 0) + keys);
  return [...sums].map(([name, keys]) => ({ name, keys })).sort((a, b) => b.keys - a.keys);
}

function keysAndPlaces(spec: PlanSpec, { preview, matrix }: PlanDecisionFacts): DecisionLine[] {
  const accounts = sumUp(preview.origins.map(({ account, keys }) => ({ name: account ?? 'not known', keys })));
  return [
    saying('Source Regions', counted(primaryRegions(preview)).join(', ')),
    saying('Target Regions', matrix.regions.join(', ')),
    ...ownRegionsLines(spec.account_regions),
    saying('Accounts', firstOf(counted(accounts), mostListed).join(', ')),
    saying('Selected by', chosenBy(spec)),
    saying('Keys', keysInWords(matrix.items, matrix.keys)),
    ...(spec.options.follow_rotation ? [saying('', 'A rotated key is replaced by its newest key.')] : []),
    ...(spec.options.skip_same_region ? [saying('', "The primary's own Region is skipped.")] : []),
    ...(spec.options.replicas_as_primary ? [saying('', 'A replica is replaced by its primary.')] : []),
  ];
}

function chosenBy({ manifest, ...named }: PlanSpec): string {
  return manifest ? `A manifest of ${countOf(manifest.rows, 'row')}, SHA-256 ${manifest.sha256}` : choiceInWords(named);
}

function settings({ replica, overrides, options, manifest }: PlanSpec, preview: PreviewView): DecisionLine[] {
  const { ignore_tags: ignored = [], exact_tags: exact = false } = options;
  return [
    ...(policyWays(replica).length === 0 ? [defaultPolicy] : []),
    ...replicaSettingsInWords(replica),
    ...fromPrimaryLines(preview),
    ...overrideLines(overrides),
    ...(manifest ? rowLines(preview) : []),
    saying(
      'Key material',
      options.import_material
        ? 'Imported into replicas of keys whose material was imported (EXTERNAL).'
        : 'Not imported: replicas of EXTERNAL keys are unusable until it is imported.',
    ),
    ...(ignored.length > 0 ? [saying('Ignored tags', ignored)] : []),
    ...(exact ? [saying('', 'Tags that are not in the plan count as differences.')] : []),
  ];
}

function fromPrimaryLines({ from_primaries: { total, items } }: PreviewView): DecisionLine[] {
  const firstWith = new Map<string, string>();
  const policyOf = (policy: unknown, name: string): DecisionLine[] => {
    const text = JSON.stringify(policy);
    const first = firstWith.get(text);
    if (first !== undefined) return [saying('Key policy', `The same as for ${first}.`)];
    firstWith.set(text, name);
    return policyLines(policy);
  };
  const lines = items.flatMap(({ replicas, alias, key_id, region, settings }) => {
    const { policy, tags, aliases, description } = settings;
    const name = `${alias ?? key_id} in ${region}`;
    const others = replicas > 1 ? ` and ${countOf(replicas - 1, 'more replica')}` : '';
    return [
      saying('From primaries', `For ${name}${others}:`),
      ...(policy === undefined ? [] : policyOf(policy, name)),
      ...namedLines({ alias: aliases, tags, description }),
    ];
  });
  const rest = total - items.length;
  if (rest <= 0) return lines;
  return [...lines, warning('From primaries', `And ${countOf(rest, 'other')}, not shown here: see each replica.`)];
}

function overrideLines(overrides: PlanSpec['overrides']): DecisionLine[] {
  const lines = overrides
    .slice(0, mostListed)
    .flatMap(({ key, region, replica }, at) => [
      saying(
        'Override',
        `${at + 1} of ${overrides.length.toLocaleString('en')}, for ${key ?? 'every key'} in ${region ?? 'every Region'}:`,
      ),
      ...changesInWords(replica),
    ]);
  const rest = overrides.length - mostListed;
  if (rest <= 0) return lines;
  return [...lines, warning('Override', `And ${countOf(rest, 'other')}, not shown here: see the spec of the plan.`)];
}

function rowLines({ row_settings: { total, items } }: PreviewView): DecisionLine[] {
  const lines = items.flatMap(({ alias, key_id, region, line, settings }) => [
    saying('Own row', `Line ${line ?? '?'} of the manifest, for ${alias ?? key_id} in ${region}:`),
    ...changesInWords(settings),
  ]);
  if (total === 0) return [saying('Own rows', 'No manifest row has its own settings.')];
  const rest = total - items.length;
  return rest <= 0
    ? lines
    : [...lines, warning('Own row', `And ${countOf(rest, 'other')}, not shown here: see the manifest.`)];
}

/** What is laid over the settings of the plan. */
function changesInWords(block: ReplicaBlock): DecisionLine[] {
  const lines = replicaSettingsInWords(block);
  return lines.length > 0 ? lines : [documentLine('Settings', block)];
}

function pace(plan: PlanView, { options }: PlanSpec, preview: PreviewView): DecisionLine[] {
  const limits = limitsOf(plan);
  const { lower_bound_seconds: least, expected_seconds: expected, window } = preview;
  const windows = windowsInWords(limits);
  return [
    saying('Starts', options.start_at ? `Not before ${options.start_at}` : 'After the last approval'),
    saying('Windows', windows.length > 0 ? windows : 'At any time'),
    ...(window?.fits === false
      ? [
          warning(
            '',
            `It does not fit into its window, which closes at ${window.closes_at}. The rest continues in the next one.`,
          ),
        ]
      : []),
    saying('Limits', `Max in flight ${limits.max_in_flight.toLocaleString('en')}, priority ${limits.priority}`),
    saying('Duration', `At least ${durationInWords(least)} at the AWS quotas, ${durationInWords(expected)} expected`),
    saying(
      'Order',
      options.region_order === 'sequential' ? 'Regions one after another, in the order above' : 'All Regions at once',
    ),
    saying('Attempts', `At most ${countOf(options.max_attempts, 'call')} per key-Region pair, then it fails`),
    ...[(limits.failure_tolerance === null ? warning : saying)('On failure', `${toleranceInWords(limits)}.`)],
    saying('', 'Finished work stays: there is no automatic rollback.'),
  ];
}

function people(plan: PlanView, now: number): DecisionLine[] {
  const inForce = approvalsInForce(plan.approvals, now);
  const given = inForce.map(
    ({ approver, role, approved_at: at, comment }) =>
      `${approver} (${role}) at ${at}${comment === null ? '' : `: ${comment}`}`,
  );
  return [
    saying('Submitted', `${plan.created_at} by ${plan.created_by}`),
    saying('Proposed by', `${inSentence(plan.proposed_by)}, who cannot approve it`),
    ...askedByRules(plan.approval_rules),
    saying('Approvals', [`${inForce.length} of ${plan.approvals_required} given`, ...given]),
  ];
}
