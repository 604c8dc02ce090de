import {
  finishedCount,
  formatRate,
  formatShare,
  limitsOf,
  type PlanView,
  replicaStates,
  toleranceInWords,
} from '@keyferry/core';
import { Card, Group, Stack, Text, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { localTime } from '../display/local-time.ts';
import { isYetToStart, progressInWords } from '../display/progress-in-words.ts';
import { CountsBar } from '../display/states-bar.tsx';
import { timeFigure } from '../display/time-figure.ts';
import { replicaLooks } from '../states/replica-states.ts';
import { StateGlyph } from '../states/state-look.tsx';
import { useThroughput } from './plan-queries.ts';
import looks from './progress.module.css';
import { tabPath, useOpenTab } from './tabs.ts';

/** How far the plan is, and how fast it goes. */
export function Progress({ plan }: { plan: PlanView }) {
  const { counts } = plan;
  const done = finishedCount(counts);
  // It has a legend of its own, which filters it.
  const matrixIsOpen = useOpenTab(plan) === 'matrix';
  return (
    <Card withBorder padding={0}>
      <Stack gap="sm" p="md">
        <Group justify="space-between" gap="xs">
          <Text fw={600} className="numbers">
            {counts.total === 0 ? 'No replicas yet' : progressInWords(plan, 'replicas')}
          </Text>
          {counts.total > 0 && !isYetToStart(plan) && (
            <Text fw={600} className="numbers">
              {formatShare(done, counts.total)}
            </Text>
          )}
        </Group>
        <CountsBar counts={counts} size={14} />
        {!matrixIsOpen && <Legend plan={plan} />}
      </Stack>
      <Figures plan={plan} />
    </Card>
  );
}

/** How many replicas are in each state; a state leads to its replicas, and once more back to all. */
function Legend({ plan }: { plan: PlanView }) {
  const [search] = useSearchParams();
  const [here] = useLocation();
  const filtered = here === tabPath(plan.id, 'replicas') ? search.get('state') : null;
  return (
    <nav className={looks.legend} aria-label="Replicas by state">
      {replicaStates
        .filter((state) => plan.counts[state] > 0)
        .map((state) => {
          const { label, meaning } = replicaLooks[state];
          const chosen = filtered === state;
          return (
            <Tooltip key={state} label={meaning} events={{ hover: true, focus: true, touch: false }}>
              <Link
                href={tabPath(plan.id, 'replicas', chosen ? {} : { state })}
                className={looks.state}
                aria-current={chosen || undefined}
              >
                <StateGlyph look={replicaLooks[state]} />
                {label}
                <b className="numbers">{plan.counts[state].toLocaleString('en')}</b>
              </Link>
            </Tooltip>
          );
        })}
    </nav>
  );
}

/** Quotas are seldom changed. */
const quotaMs = 60_000;

/** The few numbers that say whether it goes as fast as it may. */
function Figures({ plan }: { plan: PlanView }) {
  const limits = limitsOf(plan);
  const quota = useThroughput(plan, quotaMs).data?.quota_per_second;
  const time = timeFigure(plan);
  return (
    <div className={`${looks.figures} numbers`}>
      <Figure
        name={plan.finished_at === null ? 'Rate' : 'Rate on average'}
        beside={quota === undefined ? ' ' : `of ${formatRate(quota)} by the AWS quotas`}
      >
        {plan.started_at === null ? '–' : formatRate(plan.replicas_per_second)}
      </Figure>
      <Figure name={time.name} beside={time.beside}>
        {time.value}
      </Figure>
      {plan.window && (
        <Figure
          name="Maintenance window"
          beside={`${plan.window.open ? 'until' : 'opens'} ${localTime(plan.window.open ? plan.window.closes_at : plan.window.opens_at)}`}
        >
          {plan.window.open ? 'Open' : 'Closed'}
        </Figure>
      )}
      <Figure name="Calls at once" beside={toleranceInWords(limits)}>
        ≤ {limits.max_in_flight.toLocaleString('en')}
        {limits.priority > 0 && ` · priority ${limits.priority}`}
      </Figure>
    </div>
  );
}

function Figure({ name, beside, children }: { name: string; beside: string; children: ReactNode }) {
  return (
    <div className={looks.figure}>
      <Text size="xs" className="quiet">
        {name}
      </Text>
      <div className={looks.value}>{children}</div>
      <Text size="xs" className="quiet">
        {beside}
      </Text>
    </div>
  );
}
