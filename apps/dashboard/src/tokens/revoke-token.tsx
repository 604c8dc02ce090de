import type { TokenView } from '@keyferry/core';
import { Modal, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useCaller } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Ask } from '../display/ask.tsx';
import { Effect } from '../display/effect.tsx';
import { Time } from '../display/time.tsx';

/** Asks before a token is revoked. `token` null: closed. */
export function RevokeToken({ token, onClose }: { token: TokenView | null; onClose: () => void }) {
  const { caller } = useCaller();
  return (
    <Modal
      opened={token !== null}
      onClose={onClose}
      title={<b>{token && `Revoke the token of ${token.name}?`}</b>}
      centered
    >
      {token && (
        <Ask
          grave
          label="Revoke the token"
          changes={['tokens']}
          act={() => keyferry.request('DELETE /v1/tokens/{id}', { id: token.id })}
          onDone={() => notifications.show({ color: 'teal', title: 'Token revoked', message: token.name })}
          onClose={onClose}
        >
          <Text size="sm">
            {token.role}, created <Time at={token.created_at} /> by {token.created_by},{' '}
            {token.last_used_at === null ? (
              'never used'
            ) : (
              <>
                last used <Time at={token.last_used_at} />
              </>
            )}
          </Text>
          <Effect
            lines={[
              'The API refuses it from its next request on. This cannot be undone.',
              'Sessions of browsers that signed in with it end.',
              'Plans and schedules that were submitted with it continue.',
              ...(token.name === caller ? ['If you signed in with it, you are signed out.'] : []),
            ]}
          />
        </Ask>
      )}
    </Modal>
  );
}
