import { checkInput, manifestSpecSchema, type PlanView, planSpecSchema, visibleLine } from '@keyferry/core';
import { Anchor, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { useCaller } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Failure } from '../display/failure.tsx';
import { Notice } from '../display/notice.tsx';
import { PageHead } from '../display/page-head.tsx';
import { tabPath } from '../plan/tabs.ts';
import { emptyDraft } from './draft.ts';
import { draftLike, type FilledSpec } from './draft-of-spec.ts';
import { readDraft, readSelectedKeys, removeSelectedKeys } from './kept-draft.ts';
import { PlanForm } from './plan-form.tsx';

/** The form, empty; or filled from a plan (`?from=<id>`), or with the keys that were selected on their page (`?selected=1`). */
export default function NewPlan() {
  const [search] = useSearchParams();
  const from = search.get('from');
  if (from) return <FromPlan key={from} id={from} />;
  return search.has('selected') ? <FromSelection /> : <PlanForm key="new" of="new" start={{ draft: emptyDraft }} />;
}

function FromSelection() {
  const [keys] = useState(() => readSelectedKeys(sessionStorage));
  // Read once: the draft has them from now on.
  useEffect(() => removeSelectedKeys(sessionStorage), []);
  const over = keys === null ? undefined : { source: 'keys' as const, keysText: keys.join('\n') };
  return <PlanForm of="selected" start={{ draft: { ...emptyDraft, ...over }, over }} />;
}

function FromPlan({ id }: { id: string }) {
  const { caller } = useCaller();
  const of = `from ${id}`;
  const plan = useQuery({
    queryKey: ['new-plan-from', id],
    queryFn: () => keyferry.request('GET /v1/plans/{id}', { id }),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  // A draft that was begun does not need the plan any more.
  const [begun] = useState(() => readDraft(sessionStorage, { caller, of }) !== null);
  if (plan.data) return <Filled plan={plan.data} of={of} />;
  if (plan.error && begun) return <PlanForm of={of} start={{ draft: emptyDraft }} />;
  return (
    <>
      <PageHead title="New plan" />
      {plan.error ? (
        <Stack align="flex-start">
          <Failure error={plan.error} what="the plan to copy" onRetry={() => void plan.refetch()} />
          <Anchor component={Link} href="/plans/new">
            Start with an empty form
          </Anchor>
        </Stack>
      ) : (
        <Stack aria-busy="true" aria-label="Loading the plan">
          <Skeleton height={120} />
          <Skeleton height={240} />
        </Stack>
      )}
    </>
  );
}

function Filled({ plan, of }: { plan: PlanView; of: string }) {
  const name = visibleLine(plan.name);
  const [spec] = useState(() => copyable(plan));
  if (spec === null) {
    return (
      <>
        <PageHead title="New plan" />
        <Notice tone="broken" title={`This form cannot copy “${name}”`}>
          <Text size="sm">
            {plan.operation === 'promote'
              ? 'It promotes replicas, and this form makes them.'
              : 'It was made by another version of Keyferry.'}{' '}
            Download its{' '}
            <Anchor component={Link} href={tabPath(plan.id, 'spec')} inherit underline="always">
              spec
            </Anchor>{' '}
            and submit it with <code>keyferry plan submit -f</code>, or{' '}
            <Anchor component={Link} href="/plans/new" inherit underline="always">
              start with an empty form
            </Anchor>
            .
          </Text>
        </Notice>
      </>
    );
  }
  const byManifest = !('keys' in spec) && !('selector' in spec);
  return (
    <PlanForm of={of} start={{ draft: draftLike(spec) }}>
      <Notice tone="calm" title={`Copied from “${name}”`}>
        <Text size="sm">
          Its start time and change ticket are not copied; Region groups are copied as the Regions that they stood for.
          {byManifest && ' Its keys came from a manifest: choose that again.'}{' '}
          <Anchor component={Link} href={`/plans/${plan.id}`} inherit underline="always">
            Open that plan
          </Anchor>
        </Text>
      </Notice>
    </PlanForm>
  );
}

/** What a plan says, as the form can take it; null: it cannot. */
function copyable({ operation, spec }: PlanView): FilledSpec | null {
  if (operation === 'promote') return null;
  // What stands for what was submitted; the form submits anew.
  const { manifest, region_groups: _groups, mode: _mode, ...rest } = spec;
  const checked = checkInput(manifest ? manifestSpecSchema : planSpecSchema, rest);
  return 'data' in checked ? checked.data : null;
}
