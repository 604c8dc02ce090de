import type { CoverageCheckView } from '@keyferry/core';
import { Text } from '@mantine/core';
import { withLocalTimes } from '../display/local-time.ts';
import { Notice } from '../display/notice.tsx';
import { Time } from '../display/time.tsx';

/** Why a check has not been made, or what it waits for; `older`: what is shown beside it is of the check before. */
export function CheckProblem({ check, older = false }: { check: CoverageCheckView; older?: boolean }) {
  if (check.state === 'failed') {
    return (
      <Notice tone="broken" title="The newest check could not be made">
        <Text size="sm">
          {withLocalTimes(check.error?.message ?? 'Nothing is known of why.')}{' '}
          {older && 'What you see is what the check before it found.'} Asked for by {check.requested_by},{' '}
          <Time at={check.requested_at} />.
        </Text>
      </Notice>
    );
  }
  if (check.state === 'done') return null;
  return (
    <Notice tone="calm" title={check.state === 'pending' ? 'The check waits for a worker' : 'CCKM is being asked'}>
      {check.reason && <Text size="sm">{withLocalTimes(check.reason)}</Text>}
    </Notice>
  );
}
