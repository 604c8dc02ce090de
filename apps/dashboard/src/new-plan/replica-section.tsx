import {
  type CopiedField,
  copiedFields,
  formatNumber,
  maxPolicyBytes,
  maxTags,
  principalLists,
  replicaNotes,
} from '@keyferry/core';
import { Checkbox, Group, Radio, Stack, TagsInput, Textarea, TextInput } from '@mantine/core';
import type { Draft } from './draft.ts';
import { NumberedText } from './numbered-text.tsx';
import { Pairs } from './pairs.tsx';
import { Section, type SectionProps } from './section.tsx';

const ways: Record<Draft['policyWay'], { label: string; description: string }> = {
  default: { label: 'The KMS default policy', description: 'Or the policy of the primary, if that is ticked above.' },
  document: { label: 'A policy document', description: 'The same for every replica of this plan.' },
  template: { label: 'A policy template of CCKM', description: 'Its id in CipherTrust.' },
  principals: { label: 'Administrators and users', description: 'CCKM builds the policy from these names.' },
};

/** What the replicas get; KMS copies neither tags, alias, description nor policy of the primary. */
export function ReplicaSection({ draft, change, error }: SectionProps) {
  return (
    <Section
      title="Replica settings"
      hint="KMS copies none of these from the primary. What you leave empty stays empty."
    >
      <Checkbox.Group
        label="Copy from the primary"
        description="As the primary has them when the plan is resolved. What is ticked here stays empty below."
        data-field="replica.same_as_primary"
        value={[...draft.same]}
        onChange={(same) => change({ same: same as CopiedField[] })}
        error={error('replica.same_as_primary')}
      >
        <Group mt="xs">
          {copiedFields.map((field) => (
            <Checkbox key={field} value={field} label={field} tt="capitalize" />
          ))}
        </Group>
      </Checkbox.Group>
      <TextInput
        label="Alias"
        description="Of the replica, without “alias/”. For many keys use {alias}, the primary’s own; {region}, {account} and {primary_region} work too."
        data-field="replica.aws_param.Alias"
        placeholder="{alias}"
        value={draft.alias}
        onChange={(event) => change({ alias: event.currentTarget.value })}
        error={error('replica.aws_param.Alias')}
      />
      <Textarea
        label="Description"
        description="The same placeholders work. No secrets: everyone with DescribeKey reads it."
        data-field="replica.aws_param.Description"
        autosize
        value={draft.description}
        onChange={(event) => change({ description: event.currentTarget.value })}
        error={error('replica.aws_param.Description')}
      />
      <Pairs
        label="Tags"
        hint={`At most ${maxTags}. CCKM takes letters, digits and _ . / = + - @ in values, no spaces. The same placeholders work.`}
        field="replica.aws_param.Tags"
        value={draft.tags}
        onChange={(tags) => change({ tags })}
        error={error}
      />
      <Radio.Group
        label="Key policy"
        description="CCKM takes one of these ways."
        value={draft.policyWay}
        onChange={(way) => change({ policyWay: way as Draft['policyWay'] })}
      >
        <Stack gap="xs" mt="xs">
          {Object.entries(ways).map(([way, { label, description }]) => (
            <Radio key={way} value={way} label={label} description={description} />
          ))}
        </Stack>
      </Radio.Group>
      {draft.policyWay === 'document' && (
        <NumberedText
          label="Policy document"
          description={`JSON of at most ${formatNumber(maxPolicyBytes)} bytes. {alias}, {region}, {account} and {primary_region} are filled in; IAM variables such as \${aws:PrincipalAccount} stay.`}
          rows={12}
          data-field="replica.aws_param.Policy"
          value={draft.policyText}
          onChange={(policyText) => change({ policyText })}
          faulty={new Set(lineOfError(draft.policyText))}
          error={error('replica.aws_param.Policy')}
        />
      )}
      {draft.policyWay === 'template' && (
        <TextInput
          label="Policy template"
          description="Its id in CCKM."
          data-field="replica.policytemplate"
          value={draft.policytemplate}
          onChange={(event) => change({ policytemplate: event.currentTarget.value })}
          error={error('replica.policytemplate')}
        />
      )}
      {draft.policyWay === 'principals' &&
        principalLists.map((list) => (
          <TagsInput
            key={list}
            label={replicaNotes[list].title}
            data-field={`replica.${list}`}
            description={list === 'external_accounts' ? '12 digits each; Enter adds one.' : 'Names; Enter adds one.'}
            value={[...draft.principals[list]]}
            onChange={(names) => change({ principals: { ...draft.principals, [list]: names } })}
            error={error(`replica.${list}`)}
          />
        ))}
    </Section>
  );
}

/** The line at which a text stops being JSON, as the browser says it; empty: it is JSON, or the browser names no line. */
function lineOfError(text: string): number[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    const [, line] = /\bline (\d+)/.exec((error as Error).message) ?? [];
    return line === undefined || text === '' ? [] : [Number(line)];
  }
}
