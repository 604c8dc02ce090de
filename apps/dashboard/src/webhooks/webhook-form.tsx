import type { WebhookEventType, WebhookView, WebhookWithSecretView } from '@keyferry/core';
import { Button, Checkbox, Group, Input, Radio, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { keyferry } from '../api/client.ts';
import { noAnswer } from '../api/no-answer.ts';
import { useCheckedForm } from '../display/checked-form.ts';
import { Failure } from '../display/failure.tsx';
import { eventGroups, eventName } from './event-names.ts';
import { draftOf, emptyWebhook, errorsOfWebhook, type WebhookDraft, webhookOf } from './webhook-draft.ts';

interface WebhookFormProps {
  /** Null: a new one. */
  webhook: WebhookView | null;
  onDone: (webhook: WebhookView | WebhookWithSecretView) => void;
  onClose: () => void;
}

/** What a webhook says: where events are sent, and which. */
export function WebhookForm({ webhook, onDone, onClose }: WebhookFormProps) {
  const store = useQueryClient();
  const [draft, setDraft] = useState(() => (webhook === null ? emptyWebhook : draftOf(webhook)));
  const saving = useMutation({
    mutationFn: (): Promise<WebhookView | WebhookWithSecretView> => {
      const body = webhookOf(draft);
      return webhook === null
        ? keyferry.request('POST /v1/webhooks', { body })
        : keyferry.request('PUT /v1/webhooks/{id}', { id: webhook.id, body });
    },
    onSuccess: onDone,
    onSettled: () => store.invalidateQueries({ queryKey: ['webhooks'] }),
    // The answer may have the secret.
    gcTime: 0,
  });
  const { form, error } = useCheckedForm({
    errors: errorsOfWebhook(draft),
    refusal: saving.error,
    send: () => saving.mutate(),
  });
  const change = (next: Partial<WebhookDraft>) => setDraft({ ...draft, ...next });
  return (
    <form {...form}>
      <Stack>
        <TextInput
          label="Name"
          required
          data-autofocus
          value={draft.name}
          onChange={({ currentTarget }) => change({ name: currentTarget.value })}
          error={error('name')}
        />
        <TextInput
          label="Address"
          description="https, to a host in KEYFERRY_WEBHOOK_HOSTS. The path is stored encrypted: it may be a secret."
          required
          autoComplete="off"
          value={draft.url}
          onChange={({ currentTarget }) => change({ url: currentTarget.value })}
          error={error('url')}
        />
        <EventsField draft={draft} change={change} error={error('events')} />
        <Checkbox
          label="Enabled"
          description="While it is not, nothing is sent, and events of that time are not sent later."
          checked={draft.enabled}
          onChange={({ currentTarget }) => change({ enabled: currentTarget.checked })}
        />
        {saving.error && (
          <Failure
            error={saving.error}
            unanswered={
              webhook === null
                ? `${noAnswer(saving.error)}. The webhook may exist, but its secret is lost. If the list shows it, rotate its secret.`
                : `${noAnswer(saving.error)}. It may have been saved. Saving again does no harm.`
            }
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={saving.isPending}>
            {webhook === null ? 'Create webhook' : 'Save'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface EventsFieldProps {
  draft: WebhookDraft;
  change: (next: Partial<WebhookDraft>) => void;
  error: string | undefined;
}

function EventsField({ draft, change, error }: EventsFieldProps) {
  return (
    <Stack gap="xs">
      <Radio.Group
        label="Events"
        value={draft.allEvents ? 'all' : 'some'}
        onChange={(value) => change({ allEvents: value === 'all' })}
      >
        <Stack gap={6} mt={6}>
          <Radio value="all" label="All, with those that later versions add" />
          <Radio value="some" label="Only these" {...(error && { 'data-wrong': true })} />
        </Stack>
      </Radio.Group>
      {!draft.allEvents && (
        <Checkbox.Group
          aria-label="Events"
          value={[...draft.events]}
          onChange={(events) => change({ events: events as WebhookEventType[] })}
        >
          {eventGroups.map(({ label, events }) => (
            <fieldset key={label} className="plain">
              <Text component="legend" size="sm" fw={600} mt={10} mb={6}>
                {label}
              </Text>
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs">
                {events.map((type) => (
                  <Checkbox key={type} value={type} label={eventName(type)} />
                ))}
              </SimpleGrid>
            </fieldset>
          ))}
        </Checkbox.Group>
      )}
      {error && <Input.Error role="alert">Choose at least one event, or all.</Input.Error>}
    </Stack>
  );
}
