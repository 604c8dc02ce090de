import { ProblemError } from '@keyferry/client';
import { closedDrillStates, type DrillView } from '@keyferry/core';
import { Anchor, Stack, Text } from '@mantine/core';
import { lazy } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { useLiveDrill } from '../api/live-drill.ts';
import { TroubleCount } from '../display/badges.tsx';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { PartTabs } from '../display/part-tabs.tsx';
import { SpecText } from '../spec/spec-text.tsx';
import { Approvals } from './approvals.tsx';
import looks from './drill.module.css';
import { DrillHead } from './drill-head.tsx';
import { DrillNotices } from './drill-notices.tsx';
import { Figures } from './figures.tsx';
import { Findings } from './findings.tsx';
import { Timeline } from './timeline.tsx';

// Each is loaded when it is first opened.
const Keys = lazy(() => import('./keys.tsx'));
const Times = lazy(() => import('./times.tsx'));
const Log = lazy(() => import('./log.tsx'));

const tabs = ['keys', 'findings', 'times', 'log', 'runbook'] as const;
type Tab = (typeof tabs)[number];
const labels = { keys: 'Keys', findings: 'Findings', times: 'Times', log: 'Log', runbook: 'Runbook' };

/** A drill: what it does now, what it waits for, who has to act, and all that is known of it. */
export default function Drill() {
  const { id = '' } = useParams<{ id: string }>();
  const { data: drill, error, live, refetch } = useLiveDrill(id);
  if (drill) return <Known drill={drill} live={live} />;
  if (!error) return <Loading what="the drill" heights={[64, 96, 320]} />;
  if (error instanceof ProblemError && error.status === 404) return <NoSuchDrill id={id} />;
  return <Failure error={error} what="the drill" onRetry={() => void refetch()} />;
}

function Known({ drill, live }: { drill: DrillView; live: boolean }) {
  const { tab } = useParams<{ tab?: string }>();
  const [, navigate] = useLocation();
  const open: Tab = tabs.find((one) => one === tab) ?? (closedDrillStates.includes(drill.state) ? 'findings' : 'keys');
  const toFollowUp = drill.findings.filter(({ severity }) => severity !== 'info').length;
  return (
    <>
      <DrillHead drill={drill} live={live} />
      <Stack gap="md">
        <DrillNotices drill={drill} />
        <div className={looks.halves}>
          <Timeline drill={drill} />
          <Stack gap="md">
            <Figures drill={drill} />
            <Approvals drill={drill} />
          </Stack>
        </div>
        <PartTabs
          label="Parts of the drill"
          tabs={tabs}
          labels={labels}
          marks={{ findings: <TroubleCount count={toFollowUp} /> }}
          open={open}
          onOpen={(next: Tab) => navigate(`/drills/${drill.id}/${next}`)}
        >
          {open === 'keys' ? (
            <Keys drill={drill} />
          ) : open === 'findings' ? (
            <Findings drill={drill} />
          ) : open === 'times' ? (
            <Times drill={drill} />
          ) : open === 'log' ? (
            <Log drill={drill} />
          ) : (
            <SpecText
              spec={drill.spec}
              name={drill.name}
              sha256={drill.spec_sha256}
              note="As submitted, with every default: what is approved."
            />
          )}
        </PartTabs>
      </Stack>
    </>
  );
}

function NoSuchDrill({ id }: { id: string }) {
  return (
    <Empty title={`There is no drill ${id}`}>
      <Text size="sm">
        <Anchor component={Link} href="/drills">
          To all drills
        </Anchor>
      </Text>
    </Empty>
  );
}
