import { Center, Loader, Text } from '@mantine/core';
import { useEffect } from 'react';
import { useMay } from '../api/caller.ts';
import { Empty } from '../display/empty.tsx';
import { PageHead } from '../display/page-head.tsx';

/**
 * The API answers this address with Bull Board for those who may see it, and with the dashboard for everybody else: so
 * whoever may is here by a link or by having just signed in, and loads the address anew.
 */
export default function Queues() {
  const may = useMay()('GET /queues');
  useEffect(() => {
    if (may) window.location.reload();
  }, [may]);
  return (
    <>
      <PageHead title="Queues" />
      {may ? (
        <Center mih="40vh">
          <Loader aria-label="Opening the queues" />
        </Center>
      ) : (
        <Empty title="The queues are for admins">
          <Text size="sm" className="quiet">
            They hold hints only. What waits and why stands with the plans and the lanes.
          </Text>
        </Empty>
      )}
    </>
  );
}
