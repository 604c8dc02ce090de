import { ProblemError } from '@keyferry/client';
import type { CoverageCheckView } from '@keyferry/core';
import { Anchor, Group, Stack, Text } from '@mantine/core';
import { lazy } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { TroubleCount } from '../display/badges.tsx';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { PageHead } from '../display/page-head.tsx';
import { openTab, PartTabs } from '../display/part-tabs.tsx';
import { Time } from '../display/time.tsx';
import { gapsOf } from '../states/coverage-states.ts';
import { CheckProblem, CheckSummary } from './check-summary.tsx';
import { CloseGaps } from './close-gaps.tsx';
import { useCheck } from './coverage-queries.ts';

const Gaps = lazy(() => import('./gaps.tsx'));
const CoverageMatrix = lazy(() => import('./coverage-matrix.tsx'));
const SpecText = lazy(() => import('../spec/spec-text.tsx'));

const tabLabels = { gaps: 'Gaps', matrix: 'Matrix', spec: 'Policy' };

/** One check, of a policy as it was then, of a drill, or of what somebody gave with the request. */
export default function Check() {
  const { id = '' } = useParams<{ id: string }>();
  const { data: check, error, refetch } = useCheck(id);
  if (check) return <Known check={check} />;
  if (!error) return <Loading what="the check" heights={[64, 200, 320]} />;
  if (error instanceof ProblemError && error.status === 404) return <Empty title={`There is no check ${id}`} />;
  return <Failure error={error} what="the check" onRetry={() => void refetch()} />;
}

function Known({ check }: { check: CoverageCheckView }) {
  const { tab } = useParams<{ tab?: string }>();
  const [, navigate] = useLocation();
  const open = openTab(tabLabels, tab, 'gaps');
  const at = `/checks/${check.id}`;
  const name = String(check.spec?.name ?? 'inline');
  return (
    <>
      <Back check={check} />
      <PageHead
        title={`Check of ${check.policy ?? name}`}
        below={
          <Group gap="2px 14px">
            <Text size="sm">
              <span className="quiet">requested by</span>{' '}
              {check.cause === 'scheduled' ? 'its schedule' : check.requested_by} <Time at={check.requested_at} />
            </Text>
            {check.finished_at && (
              <Text size="sm">
                <span className="quiet">finished</span> <Time at={check.finished_at} />
              </Text>
            )}
          </Group>
        }
      >
        {check.drill_id === null && <CloseGaps check={check} />}
      </PageHead>
      <Stack gap="md">
        <CheckProblem check={check} />
        {check.state === 'done' && <CheckSummary check={check} at={at} />}
        <PartTabs
          label="Parts of the check"
          labels={tabLabels}
          marks={{ gaps: <TroubleCount count={check.counts ? gapsOf(check.counts) : 0} /> }}
          open={open}
          onOpen={(next) => navigate(`${at}/${next}`)}
        >
          {open === 'spec' && check.spec === null ? (
            <Empty title="The policy of this check is no longer stored">
              An older check keeps its figures and the SHA-256 of its policy: {check.spec_sha256}
            </Empty>
          ) : open === 'spec' && check.spec !== null ? (
            <SpecText
              spec={check.spec}
              name={name}
              sha256={check.spec_sha256}
              note="As this check used it, with every default and its Regions fixed."
            />
          ) : check.state !== 'done' ? (
            <Empty title="No results yet" />
          ) : open === 'gaps' ? (
            <Gaps check={check} />
          ) : (
            <CoverageMatrix check={check} />
          )}
        </PartTabs>
      </Stack>
    </>
  );
}

function Back({ check: { policy, drill_id: drill } }: { check: CoverageCheckView }) {
  const [href, label] =
    drill !== null
      ? [`/drills/${drill}`, 'To its drill']
      : policy !== null
        ? [`/coverage/${policy}`, 'To the policy']
        : ['/coverage', 'All policies'];
  return (
    <Anchor component={Link} href={href} size="xs" className="quiet">
      ← {label}
    </Anchor>
  );
}
