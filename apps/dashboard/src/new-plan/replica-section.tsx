import { type CopiedField, copiedFields, principalLists, replicaNotes } from '@keyferry/core';
import { Checkbox, Group, JsonInput, Radio, Stack, TagsInput, Textarea, TextInput } from '@mantine/core';
import type { Draft } from './draft.ts';
import type { SectionProps } from './keys-section.tsx';
import { Pairs } from './pairs.tsx';
import { Section } from './section.tsx';

const ways: Record<Draft['policyWay'], { label: string; description: string }> = {
  default: { label: 'The KMS default policy', description: 'Or the primary’s, where that is chosen above.' },
  document: { label: 'A policy document', description: 'The same for every replica of this plan.' },
  template: { label: 'A policy template of CCKM', description: 'By its id in CipherTrust.' },
  principals: { label: 'Administrators and users', description: 'CCKM builds the policy from lists of names.' },
};

/** What the replicas get; KMS copies neither tags, alias, description nor policy of the primary. */
export function ReplicaSection({ draft, change, error }: SectionProps) {
  return (
    <Section title="Replica settings" hint="KMS copies none of these from the primary: what is left empty stays empty.">
      <Checkbox.Group
        label={replicaNotes.same_as_primary.title}
        description={replicaNotes.same_as_primary.description}
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
        description={replicaNotes.Alias.description}
        placeholder="{alias}"
        value={draft.alias}
        onChange={(event) => change({ alias: event.currentTarget.value })}
        error={error('replica.aws_param.Alias')}
      />
      <Textarea
        label="Description"
        description={replicaNotes.Description.description}
        autosize
        value={draft.description}
        onChange={(event) => change({ description: event.currentTarget.value })}
        error={error('replica.aws_param.Description')}
      />
      <Pairs
        label="Tags"
        hint={replicaNotes.TagValue.description}
        value={draft.tags}
        onChange={(tags) => change({ tags })}
        error={error('replica.aws_param.Tags')}
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
        <JsonInput
          label="Policy document"
          description={replicaNotes.Policy.description}
          formatOnBlur
          autosize
          minRows={6}
          maxRows={20}
          value={draft.policyText}
          onChange={(policyText) => change({ policyText })}
          error={error('replica.aws_param.Policy')}
        />
      )}
      {draft.policyWay === 'template' && (
        <TextInput
          label="Policy template"
          description="Its id in CCKM."
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
            description={list === 'external_accounts' ? '12 digits each; Enter adds one.' : 'Names; Enter adds one.'}
            value={[...draft.principals[list]]}
            onChange={(names) => change({ principals: { ...draft.principals, [list]: names } })}
            error={error(`replica.${list}`)}
          />
        ))}
    </Section>
  );
}
