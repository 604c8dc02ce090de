import { Alert } from '@mantine/core';
import { useNetwork } from '@mantine/hooks';
import { IconPlugConnectedX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { lastAnswer, useConnection } from '../api/connection.ts';
import { useFailedReread } from '../api/failed-reread.ts';
import { useHealth } from '../api/health.ts';
import { Time } from '../display/time.tsx';

/** Says on every page that what it shows is old, since when, and why. */
export function StaleNotice() {
  const lost = useConnection() === 'lost';
  const { online } = useNetwork();
  const { readAt, stale } = useHealth();
  const failed = useFailedReread();
  if (lost) {
    return (
      <Stale title={online ? 'No connection to Keyferry' : 'This browser is offline'}>
        What you see is from <Time at={lastAnswer()} /> or before. Workers continue. This page retries every few
        seconds.
      </Stale>
    );
  }
  if (stale) {
    return (
      <Stale title="The health of Keyferry is not known">
        It was last read at <Time at={readAt} />. Since then the API does not answer that in time. This page retries
        every few seconds.
      </Stale>
    );
  }
  if (failed) {
    return (
      <Stale title="A part of this page is out of date">
        It was last read at <Time at={failed.readAt} />. The API refuses to read it again: {failed.reason}
      </Stale>
    );
  }
  return null;
}

function Stale({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Alert role="status" color="orange" mb="md" icon={<IconPlugConnectedX aria-hidden />} title={title}>
      {children}
    </Alert>
  );
}
