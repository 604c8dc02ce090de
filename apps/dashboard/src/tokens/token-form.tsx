import { type CreatedTokenView, roles, scopedRoles } from '@keyferry/core';
import { Button, Group, Select, Stack, TagsInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { keyferry } from '../api/client.ts';
import { noAnswer } from '../api/no-answer.ts';
import { useCheckedForm } from '../display/checked-form.ts';
import { Failure } from '../display/failure.tsx';
import { RegionsField } from '../regions/regions-field.tsx';
import { roleInWords } from './role-in-words.ts';
import { errorsOfToken, type Lifetime, newTokenOf, type TokenDraft } from './token-draft.ts';

interface TokenFormProps {
  first: TokenDraft;
  onMade: (token: CreatedTokenView) => void;
  onClose: () => void;
}

/** What a token is made from. */
export function TokenForm({ first, onMade, onClose }: TokenFormProps) {
  const store = useQueryClient();
  const [draft, setDraft] = useState(first);
  const making = useMutation({
    mutationFn: () => keyferry.request('POST /v1/tokens', { body: newTokenOf(draft, new Date()) }),
    onSuccess: onMade,
    onSettled: () => store.invalidateQueries({ queryKey: ['tokens'] }),
    // The answer has the token itself: it is not kept longer than it is shown.
    gcTime: 0,
  });
  const { form, error } = useCheckedForm({
    errors: errorsOfToken(draft, new Date()),
    refusal: making.error,
    send: () => making.mutate(),
  });
  const change = (next: Partial<TokenDraft>) => setDraft({ ...draft, ...next });
  return (
    <form {...form}>
      <Stack>
        <TextInput
          label="Name"
          description="The caller in the audit log and in lists. Tokens with the same name are one caller."
          required
          autoComplete="off"
          data-autofocus
          value={draft.name}
          onChange={({ currentTarget }) => change({ name: currentTarget.value })}
          error={error('name')}
        />
        <Select
          label="Role"
          description={roleInWords[draft.role]}
          allowDeselect={false}
          data={[...roles]}
          value={draft.role}
          onChange={(role) => role && change({ role: role as TokenDraft['role'] })}
          error={error('role')}
        />
        <Group grow align="flex-start" preventGrowOverflow={false}>
          <Select
            label="Expires"
            miw={160}
            allowDeselect={false}
            data={lifetimeLabels}
            value={draft.lifetime}
            onChange={(lifetime) => lifetime && change({ lifetime: lifetime as Lifetime })}
          />
          {draft.lifetime === 'until' && (
            <TextInput
              type="datetime-local"
              label="At"
              miw={210}
              required
              value={draft.until}
              onChange={({ currentTarget }) => change({ until: currentTarget.value })}
              error={error('expires_at')}
            />
          )}
        </Group>
        {scopedRoles.includes(draft.role) && <ScopeFields {...{ draft, change, error }} />}
        <TextInput
          label="Person"
          description="If they also call under another name, that name: approvals count people. Usually empty."
          placeholder="oidc:anna"
          autoComplete="off"
          value={draft.person}
          onChange={({ currentTarget }) => change({ person: currentTarget.value })}
          error={error('person')}
        />
        {making.error && (
          <Failure
            error={making.error}
            unanswered={`${noAnswer(making.error)}. The token may exist, but its secret is lost. If the list shows it, revoke it. Then create another.`}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={making.isPending}>
            Create token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const lifetimeLabels: { value: Lifetime; label: string }[] = [
  { value: '7', label: 'In 7 days' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
  { value: 'until', label: 'At a time …' },
  { value: 'never', label: 'Never' },
];

interface ScopeFieldsProps {
  draft: TokenDraft;
  change: (next: Partial<TokenDraft>) => void;
  error: (path: string) => string | undefined;
}

/** What a token is limited to. */
function ScopeFields({ draft, change, error }: ScopeFieldsProps) {
  return (
    <>
      <TagsInput
        label="AWS accounts"
        description="Limit the token to keys of these accounts; empty: all. Cannot be changed later."
        placeholder={draft.accounts.length === 0 ? 'All accounts' : ''}
        splitChars={[',', ' ', '\n']}
        acceptValueOnBlur
        value={[...draft.accounts]}
        onChange={(accounts) => change({ accounts })}
        error={error('accounts')}
      />
      <RegionsField
        label="Regions"
        description="Limit it to replicas in these Regions; empty: all."
        value={draft.regions}
        onChange={(regions) => change({ regions })}
        error={error('regions')}
      />
    </>
  );
}
