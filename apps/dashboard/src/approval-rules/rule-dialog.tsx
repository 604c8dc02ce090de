import {
  type ApprovalRule,
  type ApprovalRulesView,
  type PlanOperation,
  planOperations,
  type RuleSubject,
  ruleInWords,
  ruleSubjects,
} from '@keyferry/core';
import { Checkbox, Group, Modal, NumberInput, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { RegionsField } from '../regions/regions-field.tsx';
import { checkRule, draftOfRule, emptyRule, type RuleDraft, withRule } from './rule-draft.ts';
import { SaveRules } from './save-rules.tsx';

interface RuleDialogProps {
  current: ApprovalRulesView;
  /** `new`, the rule that is edited, or null: closed. */
  asked: ApprovalRule | 'new' | null;
  onClose: () => void;
}

/** Adds a rule, or changes one. */
export function RuleDialog({ current, asked, onClose }: RuleDialogProps) {
  return (
    <Modal
      opened={asked !== null}
      onClose={onClose}
      title={<b>{asked === 'new' ? 'New rule' : asked && `Edit the rule ${asked.name}`}</b>}
      size="lg"
      centered
    >
      {asked && <RuleForm current={current} rule={asked === 'new' ? null : asked} onClose={onClose} />}
    </Modal>
  );
}

interface RuleFormProps {
  current: ApprovalRulesView;
  rule: ApprovalRule | null;
  onClose: () => void;
}

function RuleForm({ current, rule, onClose }: RuleFormProps) {
  const [draft, setDraft] = useState(() => (rule === null ? emptyRule : draftOfRule(rule)));
  const about = rule?.name ?? null;
  const others = current.rules.map(({ name }) => name).filter((name) => name !== about);
  const checked = checkRule(draft, others);
  return (
    <SaveRules
      {...{ current, about, onClose }}
      label={rule === null ? 'Add the rule' : 'Save the rule'}
      errors={checked.errors}
      change={(rules) => ('rule' in checked ? withRule(rules, checked.rule, about) : rules)}
    >
      {(error) => (
        <>
          <RuleFields draft={draft} change={(next) => setDraft({ ...draft, ...next })} error={error} />
          <Text size="sm" role="status">
            {'rule' in checked && `In words: ${ruleInWords(checked.rule)}.`}
          </Text>
        </>
      )}
    </SaveRules>
  );
}

interface RuleFieldsProps {
  draft: RuleDraft;
  change: (next: Partial<RuleDraft>) => void;
  error: (path: string) => string | undefined;
}

function RuleFields({ draft, change, error }: RuleFieldsProps) {
  return (
    <>
      <Group align="flex-start" grow preventGrowOverflow={false}>
        <TextInput
          label="Name"
          description="Shown to those who ask why a plan needs approvals."
          miw={220}
          required
          data-autofocus
          autoComplete="off"
          value={draft.name}
          onChange={({ currentTarget }) => change({ name: currentTarget.value })}
          error={error('name')}
        />
        <NumberInput
          label="Approvals"
          description="How many different people approve, 1 to 5."
          miw={160}
          required
          min={1}
          max={5}
          clampBehavior="none"
          allowDecimal={false}
          value={draft.approvals}
          onChange={(value) => change({ approvals: value === '' ? '' : Number(value) })}
          error={error('approvals')}
        />
      </Group>
      <Checkbox.Group
        label="For"
        description="None selected: all of them. A rule for plans alone does not bind schedules."
        value={[...draft.subjects]}
        onChange={(subjects) => change({ subjects: subjects as RuleSubject[] })}
        error={error('for')}
      >
        <Group mt={6}>
          {ruleSubjects.map((subject) => (
            <Checkbox key={subject} value={subject} label={subjectLabels[subject]} />
          ))}
        </Group>
      </Checkbox.Group>
      <Text fw={600} size="sm">
        Conditions: all that are given must be true
      </Text>
      <Checkbox.Group
        label="Operations"
        description="Plans that do one of these; none selected: any."
        value={[...draft.operations]}
        onChange={(operations) => change({ operations: operations as PlanOperation[] })}
        error={error('when.operations')}
      >
        <Group mt={6}>
          {planOperations.map((operation) => (
            <Checkbox key={operation} value={operation} label={operation} />
          ))}
        </Group>
      </Checkbox.Group>
      <TagsInput
        label="AWS accounts"
        description="Plans with a key of one of these accounts; empty: any."
        splitChars={[',', ' ', '\n']}
        acceptValueOnBlur
        value={[...draft.accounts]}
        onChange={(accounts) => change({ accounts })}
        error={error('when.accounts')}
      />
      <RegionsField
        label="Regions"
        description="Plans from or into one of these Regions; empty: any."
        value={draft.regions}
        onChange={(regions) => change({ regions })}
        error={error('when.regions')}
      />
      <Stack gap="xs">
        <NumberInput
          label="Replicas at least"
          description="Plans that make or move at least this many; empty: any number."
          maw={320}
          min={1}
          clampBehavior="none"
          allowDecimal={false}
          value={draft.minReplicas}
          onChange={(value) => change({ minReplicas: value === '' ? '' : Number(value) })}
          error={error('when.min_replicas')}
        />
        <Checkbox
          label="Only plans that set the key policy of replicas"
          checked={draft.policyChange}
          onChange={({ currentTarget }) => change({ policyChange: currentTarget.checked })}
        />
      </Stack>
    </>
  );
}

const subjectLabels: Readonly<Record<RuleSubject, string>> = {
  plan: 'Plans submitted by hand',
  schedule: 'Schedules',
  drill: 'Drills',
};
