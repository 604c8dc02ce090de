import { visibleLine, type WebhookView, type WebhookWithSecretView } from '@keyferry/core';
import { Modal, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { SecretOnce } from '../display/secret-once.tsx';
import { WebhookForm } from './webhook-form.tsx';

interface WebhookDialogProps {
  opened: boolean;
  /** Null: a new one. */
  webhook: WebhookView | null;
  onClose: () => void;
  /** A new one was made, and its secret was shown. */
  onMade?: (id: string) => void;
}

/** Makes a webhook, and shows its secret once; or changes what one says. */
export function WebhookDialog({ opened, webhook, onClose, onMade }: WebhookDialogProps) {
  const [made, setMade] = useState<WebhookWithSecretView | null>(null);
  const close = () => {
    setMade(null);
    onClose();
  };
  const kept = made !== null;
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={<b>{kept ? 'Secret of the webhook' : webhook === null ? 'New webhook' : 'Edit the webhook'}</b>}
      size="lg"
      centered
      closeOnEscape={!kept}
      closeOnClickOutside={!kept}
      withCloseButton={!kept}
    >
      {made ? (
        <WebhookSecret
          secret={made.secret}
          onDone={() => {
            close();
            onMade?.(made.id);
          }}
        />
      ) : (
        opened && (
          <WebhookForm
            webhook={webhook}
            onClose={close}
            onDone={(saved) => {
              if ('secret' in saved) return setMade(saved);
              notifications.show({ color: 'teal', title: 'Webhook saved', message: visibleLine(saved.name) });
              close();
            }}
          />
        )
      )}
    </Modal>
  );
}

export function WebhookSecret({ secret, onDone }: { secret: string; onDone: () => void }) {
  return (
    <SecretOnce what="secret" secret={secret} onDone={onDone}>
      <Text size="sm">The receiver verifies the signature of each delivery with it.</Text>
    </SecretOnce>
  );
}
