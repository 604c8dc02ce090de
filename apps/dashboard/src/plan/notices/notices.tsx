import { countOf, errorCatalogue, type PlanView } from '@keyferry/core';
import { Anchor, Text } from '@mantine/core';
import { Link } from 'wouter';
import { withLocalTimes } from '../../display/local-time.ts';
import { Notice } from '../../display/notice.tsx';
import { Time } from '../../display/time.tsx';
import { useFailures } from '../plan-queries.ts';
import { tabPath } from '../tabs.ts';
import { stateNotice } from './state-notice.ts';

/** What an operator has to know about the plan before anything else. */
export function Notices({ plan }: { plan: PlanView }) {
  const notice = stateNotice(plan);
  return (
    <>
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
            Read back from CCKM, their alias, tags, description or policy is not as requested. Failed ones are retried
            once the cause is fixed; present ones are not changed.
          </Text>
          <Anchor component={Link} href={tabPath(plan.id, 'replicas', { differs: 'true' })} size="sm" fw={600}>
            Show them →
          </Anchor>
        </Notice>
      )}
      {plan.pending_import > 0 && (
        <Notice tone="waits" title="Key material is still to be imported">
          <Text size="sm">
            {countOf(plan.pending_import, 'replica is', 'replicas are')} there without key material: import it in
            CipherTrust before use. In the report their <code>key_state</code> is <code>PendingImport</code>.
          </Text>
        </Notice>
      )}
    </>
  );
}

const seeTab = { failures: 'All that failed, and what to do', preview: 'What it would do' };

/** The most frequent cause, so that it need not be looked for. */
function WorstCause({ plan }: { plan: PlanView }) {
  const worst = useFailures(plan).data?.items[0];
  if (!worst) return null;
  return (
    <Text size="sm">
      Most often, {worst.count.toLocaleString('en')} times, <b>{worst.code}</b> in {worst.region}: {worst.message}{' '}
      {worst.what_to_do}
    </Text>
  );
}

function ChangedSincePreview({ plan: { changed_since_preview: changed } }: { plan: PlanView }) {
  if (changed === null) return null;
  if (changed.checked_at === null) {
    return (
      <Notice tone="calm" title="Its preview is some time old: it is checked again before anything is called">
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
        Checked again <Time at={changed.checked_at} />. Not to be made any more:{' '}
        {changed.changes.map(({ code, count }) => `${count.toLocaleString('en')} ${changeInWords(code)}`).join(', ')}.
      </Text>
    </Notice>
  );
}

function changeInWords(code: string): string {
  if (code === 'already_present') return 'there already';
  const known = Object.hasOwn(errorCatalogue, code) ? errorCatalogue[code as keyof typeof errorCatalogue] : null;
  return known ? `“${known.title.replace(/\.$/, '')}”` : code;
}
