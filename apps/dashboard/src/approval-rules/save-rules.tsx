import { ProblemError } from '@keyferry/client';
import { type ApprovalRule, type ApprovalRulesView, type InputError, ruleInWords } from '@keyferry/core';
import { Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { keyferry } from '../api/client.ts';
import { noAnswer } from '../api/no-answer.ts';
import { useCheckedForm } from '../display/checked-form.ts';
import { Failure } from '../display/failure.tsx';
import { Notice } from '../display/notice.tsx';

interface SaveRulesProps {
  /** The rules in force, as last read. */
  current: ApprovalRulesView;
  /** What becomes of the rules. */
  change: (rules: readonly ApprovalRule[]) => readonly ApprovalRule[];
  /** The rule that is changed or deleted; null: a new one, or all of them. */
  about: string | null;
  errors?: readonly InputError[];
  label: string;
  grave?: boolean;
  onClose: () => void;
  children: (error: (path: string) => string | undefined) => ReactNode;
}

/**
 * The body of a dialog that makes a new version of the rules, on top of the one that it was opened with: another change in the
 * meantime is shown, and never overwritten unseen.
 */
export function SaveRules(props: SaveRulesProps) {
  const { current, change, about, errors = [], label, grave = false, onClose, children } = props;
  const store = useQueryClient();
  const [base, setBase] = useState(current);
  const [comment, setComment] = useState('');
  const saving = useMutation({
    mutationFn: () =>
      keyferry.request('PUT /v1/approval-rules', {
        body: { rules: [...change(base.rules)], version: base.version, comment: comment.trim() || null },
      }),
    onSuccess: (saved) => {
      store.setQueryData(['approval-rules', 'in force'], saved);
      notifications.show({
        color: 'teal',
        title: 'Approval rules saved',
        message: `Version ${saved.version} is in force.`,
      });
      onClose();
    },
    onSettled: () => store.invalidateQueries({ queryKey: ['approval-rules'] }),
  });
  const { form, error } = useCheckedForm({ errors, refusal: saving.error, send: () => saving.mutate() });
  const overtaken = current.version !== base.version;
  const conflict = saving.error instanceof ProblemError && saving.error.status === 409;
  return (
    <form {...form}>
      <Stack>
        {children(error)}
        <Textarea
          label="Comment"
          description="Why, for the history and the audit log. May be left out."
          maxLength={2_000}
          autosize
          minRows={2}
          value={comment}
          onChange={({ currentTarget }) => setComment(currentTarget.value)}
        />
        <Text size="xs" className="quiet">
          Stricter rules apply to everything that has not started, and to retries. Weaker rules do not lower what
          already waits.
        </Text>
        {overtaken && <Overtaken {...{ base, current, about }} onSeen={() => setBase(current)} />}
        {saving.error && !(conflict && overtaken) && !saving.isPending && (
          <Failure
            error={saving.error}
            unanswered={`${noAnswer(saving.error)}. It may have been saved; the rules are being read again.`}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus={grave || undefined}>
            {grave ? 'Keep' : 'Cancel'}
          </Button>
          <Button type="submit" {...(grave && { color: 'red.9' })} loading={saving.isPending} disabled={overtaken}>
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface OvertakenProps {
  base: ApprovalRulesView;
  current: ApprovalRulesView;
  about: string | null;
  onSeen: () => void;
}

/** Another change came first: by whom, and what it did to the rule that is edited. */
function Overtaken({ base, current, about, onSeen }: OvertakenProps) {
  const before = base.rules.find(({ name }) => name === about);
  const now = current.rules.find(({ name }) => name === about);
  const changed = about !== null && JSON.stringify(before) !== JSON.stringify(now);
  return (
    <Notice answers tone="waits" title={`Not saved yet: ${current.author} made version ${current.version} meanwhile`}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {current.comment !== null && `“${current.comment}” `}
          {!changed
            ? 'Your change does not touch theirs.'
            : now === undefined
              ? `It has no rule ${about} any more; saving adds it again.`
              : `It changed the rule ${about} to: ${ruleInWords(now)}.`}
        </Text>
        <Button size="xs" variant="default" onClick={onSeen}>
          Continue with version {current.version}
        </Button>
      </Stack>
    </Notice>
  );
}
