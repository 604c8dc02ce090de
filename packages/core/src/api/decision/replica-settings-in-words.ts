import type { SameAsPrimary } from '../../coverage/policy.ts';
import { principalLists, type ReplicaBlock } from '../../plan/replica-block.ts';
import { policyInWords } from '../../policy/policy-in-words.ts';
import { firstOf, inSentence } from '../../text/listed.ts';
import { type DecisionLine, documentLine, saying, warning } from './decision-section.ts';

/** Where nothing says who may use the replicas. */
export const defaultPolicy = saying(
  'Key policy',
  'None given: AWS sets its default policy, which leaves access to IAM in the account of the key.',
);

/** What a block of replica settings says, whole: its key policy with who gets what, its names and its tags. */
export function replicaSettingsInWords({
  aws_param = {},
  same_as_primary: same,
  ...block
}: ReplicaBlock): DecisionLine[] {
  const { Policy, BypassPolicyLockoutSafetyCheck: bypass, Origin, ...named } = aws_param;
  const lists = principalLists.filter((list) => (block[list]?.length ?? 0) > 0);
  return [
    ...(Policy === undefined || Object.keys(Policy).length === 0 ? [] : policyLines(Policy)),
    ...(block.policytemplate === undefined
      ? []
      : [saying('Key policy', `Policy template ${block.policytemplate} of CCKM, as it is at the time of the call.`)]),
    ...lists.map((list) => saying(listNames[list], firstOf(block[list] ?? [], 1_000))),
    ...(bypass ? [warning('Lockout check', 'Skipped: the policy may lock out everyone who could change it.')] : []),
    ...namedLines({ alias: named.Alias, description: named.Description, tags: named.Tags }),
    ...(Origin === undefined ? [] : [saying('Origin', Origin)]),
    ...(same?.length ? [saying('Same as primary', `${copiedNames(same)}, read when the plan is resolved`)] : []),
  ];
}

/** The lines of a key policy: each statement in words, then the text of it. */
export function policyLines(policy: unknown): DecisionLine[] {
  return [
    ...policyInWords(policy).map(({ text, warns }) => (warns ? warning : saying)('Key policy', text)),
    documentLine('Policy document', policy),
  ];
}

interface Named {
  readonly alias?: string | readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly { readonly TagKey: string; readonly TagValue: string }[] | undefined;
}

export function namedLines({ alias, description, tags }: Named): DecisionLine[] {
  const aliases = alias === undefined ? [] : [alias].flat();
  return [
    ...(aliases.length === 0
      ? []
      : [
          saying(
            'Alias',
            aliases.map((one) => `alias/${one}`),
          ),
        ]),
    ...(description === undefined ? [] : [saying('Description', description === '' ? '(empty)' : description)]),
    ...(tags === undefined ? [] : [saying('Tags', tagTexts(tags))]),
  ];
}

const tagTexts = (tags: NonNullable<Named['tags']>): string[] =>
  tags.length === 0 ? ['(none)'] : tags.map(({ TagKey, TagValue }) => `${TagKey} = ${TagValue}`);

/** What comes from the primary. */
export const copiedNames = (fields: readonly SameAsPrimary[]): string =>
  inSentence(fields.map((field) => copied[field]));

const copied: Readonly<Record<SameAsPrimary, string>> = {
  policy: 'key policy',
  tags: 'tags',
  alias: 'aliases',
  description: 'description',
  enabled: 'enabled state',
};

const listNames: Readonly<Record<(typeof principalLists)[number], string>> = {
  key_admins: 'May administer (users)',
  key_admins_roles: 'May administer (roles)',
  key_users: 'May use (users)',
  key_users_roles: 'May use (roles)',
  external_accounts: 'May use (other accounts)',
};
