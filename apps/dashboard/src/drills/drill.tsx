import { ProblemError } from '@keyferry/client';
import { closedDrillStates, type DrillView, type Runbook } from '@keyferry/core';
import { Anchor, Card, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { lazy } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { keyferry } from '../api/client.ts';
import { pollMs, slowPollMs, useLive } from '../api/use-live.ts';
import { TroubleCount } from '../display/badges.tsx';
import { Empty } from '../display/empty.tsx';
import { Facts } from '../display/facts.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { openTab, PartTabs } from '../display/part-tabs.tsx';
import { Approvals } from './approvals.tsx';
import looks from './drill.module.css';
import { DrillHead } from './drill-head.tsx';
import { DrillNotices } from './drill-notices.tsx';
import { Findings } from './findings.tsx';
import { RtoClock } from './rto-clock.tsx';
import { Timeline } from './timeline.tsx';

// Each is loaded when it is first opened.
const Keys = lazy(() => import('./keys.tsx'));
const Times = lazy(() => import('./times.tsx'));
const Log = lazy(() => import('./log.tsx'));

const SpecText = lazy(() => import('../spec/spec-text.tsx'));

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
  const open = openTab(labels, tab, closedDrillStates.includes(drill.state) ? 'findings' : 'keys');
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
          labels={labels}
          marks={{ findings: <TroubleCount count={toFollowUp} /> }}
          open={open}
          onOpen={(next) => navigate(`/drills/${drill.id}/${next}`)}
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

/** A drill as it is now. */
function useLiveDrill(id: string) {
  const store = useQueryClient();
  return useLive({
    queryKey: ['drill', id],
    read: () => keyferry.request('GET /v1/drills/{id}', { id }),
    everyMs: (drill, live) => (live || drill?.finished_at ? slowPollMs : pollMs),
    stream: (signal) => keyferry.drillEvents(id, { signal }),
    isOver: ({ finished_at }) => finished_at !== null,
    onEvent: (event) => {
      if (event.type !== 'drill') return;
      store.setQueryData<DrillView>(['drill', id], (old) => old && { ...old, ...event.drill });
      // What is listed beside it has changed too.
      void store.invalidateQueries({ queryKey: ['drill', id, 'part'] });
    },
  });
}

/** The clock, and what the drill is about. */
function Figures({ drill }: { drill: DrillView }) {
  const { keys, regions, lost_regions: lost, baseline_check_id: baseline } = drill;
  const { rpo } = (drill.spec as Runbook).targets;
  return (
    <Card withBorder padding="md" component="section" aria-label="Clock and scope">
      <Stack gap="sm">
        <RtoClock drill={drill} size="lg" />
        <Facts
          facts={[
            ['Keys', keys === null ? 'being looked up' : keys.toLocaleString('en')],
            ['Regions', regions.join(', ')],
            lost.length > 0 && ['Taken as lost', <b key="lost">{lost.join(', ')}</b>],
            rpo !== null && ['RPO', rpo === 0 ? '0: no key material may be missing' : rpo],
            baseline !== null && [
              'Before',
              <Anchor key="check" component={Link} href={`/checks/${baseline}`} size="sm">
                Coverage when it began
              </Anchor>,
            ],
          ]}
        />
        <Text size="xs" className="quiet">
          Its keys are those of that first check, with their primaries where they were then.
        </Text>
      </Stack>
    </Card>
  );
}
