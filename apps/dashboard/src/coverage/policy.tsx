import { ProblemError } from '@keyferry/client';
import type { CoveragePolicyView } from '@keyferry/core';
import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { lazy } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { TroubleCount } from '../display/badges.tsx';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { PageHead } from '../display/page-head.tsx';
import { openTab, PartTabs } from '../display/part-tabs.tsx';
import { Time } from '../display/time.tsx';
import { DeleteButton } from '../documents/delete-button.tsx';
import { gapsOf, percent } from '../states/coverage-states.ts';
import { CheckNow } from './check-now.tsx';
import { CheckProblem, CheckSummary } from './check-summary.tsx';
import { CloseGaps } from './close-gaps.tsx';
import { useCheck, usePolicy } from './coverage-queries.ts';
import { isBeingChecked } from './policy-standing.ts';

// Each is loaded when it is first opened.
const Gaps = lazy(() => import('./gaps.tsx'));
const CoverageMatrix = lazy(() => import('./coverage-matrix.tsx'));
const Trend = lazy(() => import('./trend.tsx'));
const SpecText = lazy(() => import('../spec/spec-text.tsx'));

const tabLabels = { gaps: 'Gaps', matrix: 'Matrix', trend: 'Trend', spec: 'Policy' };

/** A policy: what its newest check found, where the gaps are, what closes them, and which way it goes. */
export default function Policy() {
  const { name = '' } = useParams<{ name: string }>();
  const { data: policy, error, refetch } = usePolicy(name);
  if (policy) return <Known policy={policy} />;
  if (!error) return <Loading what="the policy" heights={[64, 200, 320]} />;
  if (error instanceof ProblemError && error.status === 404) return <NoSuchPolicy name={name} />;
  return <Failure error={error} what="the policy" onRetry={() => void refetch()} />;
}

function Known({ policy }: { policy: CoveragePolicyView }) {
  const { tab } = useParams<{ tab?: string }>();
  const [, navigate] = useLocation();
  const may = useMay();
  const store = useQueryClient();
  const open = openTab(tabLabels, tab, 'gaps');
  const { name, description, last_check: check, newest_check: newest } = policy;
  const share = check?.covered_percent == null ? null : percent(check.covered_percent);
  return (
    <>
      <Anchor component={Link} href="/coverage" size="xs" className="quiet">
        ← All policies
      </Anchor>
      <PageHead
        title={name}
        tab={share === null ? name : `${share} · ${name}`}
        below={
          <Stack gap={2}>
            {description && <Text size="sm">{description}</Text>}
            <Group gap="2px 14px">
              <When policy={policy} />
            </Group>
          </Stack>
        }
      >
        {check && <CloseGaps check={check} />}
        <CheckNow policy={policy} />
        {may('PUT /v1/coverage/policies/{name}') && (
          <Button component={Link} href={`/coverage/${name}/edit`} variant="default">
            Edit
          </Button>
        )}
        {may('DELETE /v1/coverage/policies/{name}') && (
          <DeleteButton
            what="coverage policy"
            name={name}
            effect={['It is no longer checked, and leaves the list and the metrics.', 'Its past checks stay.']}
            remove={() => keyferry.request('DELETE /v1/coverage/policies/{name}', { name })}
            onDeleted={() => {
              navigate('/coverage');
              void store.invalidateQueries({ queryKey: ['coverage'] });
            }}
          />
        )}
      </PageHead>
      <Stack gap="md">
        {newest?.state === 'failed' && <FailedCheck id={newest.id} />}
        {check && <CheckSummary check={check} at={`/coverage/${name}`} />}
        {!check && !isBeingChecked(policy) && <NeverChecked />}
        <PartTabs
          label="Parts of the policy"
          labels={tabLabels}
          marks={{ gaps: <TroubleCount count={check?.counts ? gapsOf(check.counts) : 0} /> }}
          open={open}
          onOpen={(next) => navigate(`/coverage/${name}/${next}`)}
        >
          {open === 'spec' ? (
            <SpecText
              spec={policy.spec}
              name={name}
              sha256={policy.spec_sha256}
              note="As applied, with every default."
            />
          ) : check === null ? (
            <Empty title={isBeingChecked(policy) ? 'First check in progress' : 'Not checked yet'} />
          ) : open === 'gaps' ? (
            <Gaps check={check} />
          ) : open === 'matrix' ? (
            <CoverageMatrix check={check} />
          ) : (
            <Trend policy={policy} />
          )}
        </PartTabs>
      </Stack>
    </>
  );
}

function When({
  policy: { last_check: check, next_check_at: next, revision, updated_by },
}: {
  policy: CoveragePolicyView;
}) {
  return (
    <>
      {check?.finished_at && (
        <Text size="sm">
          <span className="quiet">checked</span> <Time at={check.finished_at} />
        </Text>
      )}
      <Text size="sm">
        {next ? (
          <>
            <span className="quiet">next</span> <Time at={next} />
          </>
        ) : (
          <span className="quiet">checked only when asked</span>
        )}
      </Text>
      <Text size="sm">
        <span className="quiet">revision</span> {revision} <span className="quiet">by</span> {updated_by}
      </Text>
    </>
  );
}

function FailedCheck({ id }: { id: string }) {
  const { data } = useCheck(id);
  return data ? <CheckProblem check={data} older /> : null;
}

function NeverChecked() {
  return (
    <Text size="sm" className="quiet">
      Nothing counts as covered until the first check is done.
    </Text>
  );
}

function NoSuchPolicy({ name }: { name: string }) {
  return (
    <Empty title={`There is no coverage policy “${name}”`}>
      <Anchor component={Link} href="/coverage">
        To all policies
      </Anchor>
    </Empty>
  );
}
