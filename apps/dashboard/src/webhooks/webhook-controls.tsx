import { visibleLine, type WebhookView, type WebhookWithSecretView } from '@keyferry/core';
import { Button, Group, Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { keyferry } from '../api/client.ts';
import { Ask } from '../display/ask.tsx';
import { Effect } from '../display/effect.tsx';
import { showCommandError } from '../display/show-command-error.ts';
import { WebhookDialog, WebhookSecret } from './webhook-dialog.tsx';

type Asked = 'edit' | 'pause' | 'resume' | 'rotate' | 'delete';

/** What can be done with a webhook; what stops or destroys something asks first. */
export function WebhookControls({ webhook }: { webhook: WebhookView }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [rotated, setRotated] = useState<WebhookWithSecretView | null>(null);
  const close = () => setAsked(null);
  const { enabled } = webhook;
  return (
    <>
      <Group gap="xs" role="group" aria-label="What can be done with this webhook">
        {enabled ? <SendTest webhook={webhook} /> : <Button onClick={() => setAsked('resume')}>Resume</Button>}
        {enabled && (
          <Button variant="default" onClick={() => setAsked('pause')}>
            Pause
          </Button>
        )}
        <Button variant="default" onClick={() => setAsked('edit')}>
          Edit
        </Button>
        <Button variant="default" onClick={() => setAsked('rotate')}>
          Rotate secret
        </Button>
        <Button variant="default" c="var(--state-failed)" onClick={() => setAsked('delete')}>
          Delete
        </Button>
      </Group>
      <WebhookDialog opened={asked === 'edit'} webhook={webhook} onClose={close} />
      <Modal
        opened={asked !== null && asked !== 'edit'}
        onClose={close}
        title={<b>{asked && asked !== 'edit' && `${labels[asked]}: ${visibleLine(webhook.name)}`}</b>}
        centered
      >
        {asked && asked !== 'edit' && <AskFirst {...{ asked, webhook }} onClose={close} onRotated={setRotated} />}
      </Modal>
      <Modal
        opened={rotated !== null}
        onClose={() => setRotated(null)}
        title={<b>New secret of the webhook</b>}
        size="lg"
        centered
        closeOnEscape={false}
        closeOnClickOutside={false}
        withCloseButton={false}
      >
        {rotated && <WebhookSecret secret={rotated.secret} onDone={() => setRotated(null)} />}
      </Modal>
    </>
  );
}

const labels = {
  pause: 'Pause the webhook',
  resume: 'Resume the webhook',
  rotate: 'Rotate the secret',
  delete: 'Delete the webhook',
};

const effects = {
  pause: ['Nothing is sent while it is paused. Events of that time are not sent later.', 'Pending deliveries wait.'],
  resume: ['Events from now on are sent again, and pending deliveries.', 'What it failed at before is forgotten.'],
  rotate: [
    'A new secret is made and shown once.',
    'For 24 hours both sign, so that the receiver can change over. A secret before these signs no more.',
  ],
  delete: ['Its deliveries are deleted with it; pending ones are not sent.', 'This cannot be undone.'],
};

interface AskFirstProps {
  asked: Exclude<Asked, 'edit'>;
  webhook: WebhookView;
  onClose: () => void;
  onRotated: (webhook: WebhookWithSecretView) => void;
}

function AskFirst({ asked, webhook: { id, name }, onClose, onRotated }: AskFirstProps) {
  const [, navigate] = useLocation();
  const common = { label: labels[asked], changes: ['webhooks'], onClose, children: <Effect lines={effects[asked]} /> };
  const done = (title: string) => notifications.show({ color: 'teal', title, message: visibleLine(name) });
  switch (asked) {
    case 'rotate':
      return (
        <Ask
          {...common}
          again="Rotating again makes another secret; the one before the lost one then signs no more."
          act={() => keyferry.request('POST /v1/webhooks/{id}/rotate-secret', { id })}
          onDone={onRotated}
        />
      );
    case 'delete':
      return (
        <Ask
          {...common}
          grave
          act={() => keyferry.request('DELETE /v1/webhooks/{id}', { id })}
          onDone={() => {
            done('Webhook deleted');
            navigate('/webhooks');
          }}
        />
      );
    default:
      return (
        <Ask
          {...common}
          act={() => setEnabled(id, asked === 'resume')}
          onDone={() => done(asked === 'resume' ? 'Webhook resumed' : 'Webhook paused')}
        />
      );
  }
}

/** Of what it says, only that is changed, whatever was changed since this page read it. */
async function setEnabled(id: string, enabled: boolean): Promise<WebhookView> {
  const { name, url, events } = await keyferry.request('GET /v1/webhooks/{id}', { id });
  return keyferry.request('PUT /v1/webhooks/{id}', { id, body: { name, url, events, enabled } });
}

function SendTest({ webhook: { id } }: { webhook: WebhookView }) {
  const store = useQueryClient();
  const sending = useMutation({
    mutationFn: () => keyferry.request('POST /v1/webhooks/{id}/test', { id }),
    onSuccess: () =>
      notifications.show({ color: 'teal', title: 'Test event queued', message: 'Its delivery is in the list below.' }),
    onError: (error) => showCommandError(error, 'Test event not sent'),
    onSettled: () => store.invalidateQueries({ queryKey: ['webhooks', id] }),
  });
  return (
    <Button loading={sending.isPending} onClick={() => sending.mutate()}>
      Send test event
    </Button>
  );
}
