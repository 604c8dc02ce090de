import { ProblemError } from '@keyferry/client';
import { countOf, errorCatalogue, type PlanView } from '@keyferry/core';
import { Anchor, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useHealthReasons } from '../../api/health.ts';
import { withLocalTimes } from '../../display/local-time.ts';
import { Notice } from '../../display/notice.tsx';
import { Time } from '../../display/time.tsx';
import { useFailures } from '../plan-queries.ts';
import { tabPath } from '../tabs.ts';
import { dependenciesDown } from './dependencies-down.ts';
import { stateNotice } from './state-notice.ts';

/** What an operator has to know about the plan first. `error`: why it could not be read again, and `readAt` when it last was. */
export function Notices({ plan, error, readAt }: { plan: PlanView; error: Error | null; readAt: number }) {
  const notice = stateNotice(plan);
  const down = dependenciesDown(plan, useHealthReasons());
  return (
    <>
      {error instanceof ProblemError && (
        <Notice tone="broken" title="The plan cannot be read now">
          <Text size="sm">
            {error.problem.detail} This page shows the plan as of <Time at={new Date(readAt)} />.
          </Text>
        </Notice>
      )}
      {down.map(({ code, title, message }) => (
        <Notice key={code} tone="broken" title={title}>
          <Text size="sm">{withLocalTimes(message)}</Text>
        </Notice>
      ))}
      {notice && (
        <Notice tone={notice.tone} title={notice.title}>
          {notice.text && <Text size="sm">{withLocalTimes(notice.text)}</Text>}
          {notice.tab === 'failures' && <WorstCause plan={plan} />}
          {notice.tab && (
            <Anchor component={Link} href={tabPath(plan.id, notice.tab)} size="sm" fw={600}>
              {seeTab[notice.tab]} →
            </Anchor>
          )}
        </Notice>
      )}
      <ChangedSincePreview plan={plan} />
      {plan.differing > 0 && (
        <Notice
          tone="waits"
          title={`${countOf(plan.differing, 'replica differs', 'replicas differ')} from the request`}
        >
          <Text size="sm">
            Their alias, tags, description or policy in CCKM is not as requested. Fix the cause and retry the failed
            ones; replicas that were present before are not changed.
          </Text>
          <Anchor component={Link} href={tabPath(plan.id, 'replicas', { differs: 'true' })} size="sm" fw={600}>
            Show them →
          </Anchor>
        </Notice>
      )}
      {plan.pending_import > 0 && (
        <Notice tone="waits" title="Key material is missing">
          <Text size="sm">
            {countOf(plan.pending_import, 'replica has', 'replicas have')} no key material: import it in CipherTrust
            before use. In the report their <code>key_state</code> is <code>PendingImport</code>.
          </Text>
        </Notice>
      )}
    </>
  );
}

const seeTab = { failures: 'Failures and fixes', preview: 'Preview' };

/** The most frequent cause. */
function WorstCause({ plan }: { plan: PlanView }) {
  const worst = useFailures(plan).data?.items[0];
  if (!worst) return null;
  return (
    <Text size="sm">
      Most frequent: {worst.count.toLocaleString('en')} × <b>{worst.code}</b> in {worst.region}. {worst.message}{' '}
      {worst.what_to_do}
    </Text>
  );
}

function ChangedSincePreview({ plan: { changed_since_preview: changed } }: { plan: PlanView }) {
  if (changed === null) return null;
  if (changed.checked_at === null) {
    return (
      <Notice tone="calm" title="The preview is old: it is checked again before any call">
        <Text size="sm">
          Previewed <Time at={changed.previewed_at} />.
        </Text>
      </Notice>
    );
  }
  if (changed.changes.length === 0) return null;
  return (
    <Notice tone="calm" title="CCKM has changed since the preview">
      <Text size="sm">
        Checked again <Time at={changed.checked_at} />. No longer to be created:{' '}
        {changed.changes.map(({ code, count }) => `${count.toLocaleString('en')} ${changeInWords(code)}`).join(', ')}.
      </Text>
    </Notice>
  );
}

function changeInWords(code: string): string {
  if (code === 'already_present') return 'already present';
  const known = Object.hasOwn(errorCatalogue, code) ? errorCatalogue[code as keyof typeof errorCatalogue] : null;
  return known ? `“${known.title.replace(/\.$/, '')}”` : code;
}
