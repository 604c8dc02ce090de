import { Alert } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { connectionSince, useConnection } from '../api/connection.ts';
import { Time } from '../display/time.tsx';

/** Says that what is shown is old, as long as the API does not answer. */
export function ConnectionNotice() {
  if (useConnection() === 'connected') return null;
  return (
    <Alert
      role="status"
      color="orange"
      mb="md"
      icon={<IconPlugConnectedX aria-hidden />}
      title="No connection to Keyferry"
    >
      What you see is from <Time at={connectionSince()} /> or before. The workers go on by themselves; this page tries
      again every few seconds.
    </Alert>
  );
}
