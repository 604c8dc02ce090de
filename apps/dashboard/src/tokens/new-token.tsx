import type { CreatedTokenView } from '@keyferry/core';
import { Modal, Text } from '@mantine/core';
import { useState } from 'react';
import { SecretOnce } from '../display/secret-once.tsx';
import { scopeInWords } from './scope-in-words.ts';
import type { TokenDraft } from './token-draft.ts';
import { TokenForm } from './token-form.tsx';

/** Makes a token, then shows it once; while it does, neither Escape nor a click beside the dialog closes it. `first` null: closed. */
export function NewToken({ first, onClose }: { first: TokenDraft | null; onClose: () => void }) {
  const [made, setMade] = useState<CreatedTokenView | null>(null);
  const close = () => {
    setMade(null);
    onClose();
  };
  const kept = made !== null;
  return (
    <Modal
      opened={first !== null}
      onClose={close}
      title={<b>{kept ? `Token of ${made.name}` : 'New token'}</b>}
      size="lg"
      centered
      closeOnEscape={!kept}
      closeOnClickOutside={!kept}
      withCloseButton={!kept}
    >
      {made ? (
        <SecretOnce what="token" secret={made.token} onDone={close}>
          <Text size="sm">
            Role {made.role}
            {scopeInWords(made) && `, scope ${scopeInWords(made)}`}.
            {first?.name === made.name &&
              ' To replace another token: put this one in its place, wait until it is used, then revoke the old one.'}
          </Text>
        </SecretOnce>
      ) : (
        first && <TokenForm first={first} onMade={setMade} onClose={close} />
      )}
    </Modal>
  );
}
