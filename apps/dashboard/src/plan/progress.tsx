import {
  countOf,
  durationInWords,
  finishedCount,
  formatRate,
  formatShare,
  limitsOf,
  type PlanView,
  replicaStates,
  type ThroughputView,
  toleranceInWords,
} from '@keyferry/core';
import { Card, Tooltip } from '@mantine/core';
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

/** The progress of the plan and how fast it is, in as few lines as there is room for: the rest of the page is its parts. */
export function Progress({ plan }: { plan: PlanView }) {
  const { counts } = plan;
  const done = finishedCount(counts);
  // It has a legend of its own, which filters it.
  const matrixIsOpen = useOpenTab(plan) === 'matrix';
  return (
    <Card withBorder padding={0}>
      <div className={looks.strip}>
        <div className={looks.progress}>
          <div className={`${looks.head} numbers`}>
            <span>{counts.total === 0 ? 'No replicas yet' : progressInWords(plan, 'replicas')}</span>
            {counts.total > 0 && !isYetToStart(plan) && <span>{formatShare(done, counts.total)}</span>}
          </div>
          <CountsBar counts={counts} size={12} />
        </div>
        <Figures plan={plan} />
        {!matrixIsOpen && <Legend plan={plan} />}
      </div>
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

/** Whether the plan is as fast as it may be. Those of a finished plan stay: its first run counts, later retries stand apart. */
function Figures({ plan }: { plan: PlanView }) {
  const limits = limitsOf(plan);
  const throughput = useThroughput(plan, quotaMs);
  const { quota_per_second: quota, run, retries } = throughput.data ?? {};
  // Until they are read no other figures stand in their place.
  const isRead = plan.finished_at === null || !throughput.isLoading;
  const time = timeFigure(plan, run);
  return (
    <dl className={`${looks.figures} numbers`}>
      <Figure
        name={plan.finished_at === null ? 'Rate' : 'Average rate'}
        beside={quota === undefined ? '' : `of ${formatRate(quota)} by the AWS quotas`}
      >
        {plan.started_at === null || !isRead ? '–' : formatRate(run?.per_second ?? plan.replicas_per_second)}
      </Figure>
      <Figure name={time.name} beside={time.beside}>
        {isRead ? time.value : '–'}
      </Figure>
      {plan.window && (
        <Figure
          name="Maintenance window"
          beside={`${plan.window.open ? 'until' : 'opens'} ${localTime(plan.window.open ? plan.window.closes_at : plan.window.opens_at)}`}
        >
          {plan.window.open ? 'Open' : 'Closed'}
        </Figure>
      )}
      {retries && <Retries retries={retries} />}
      {plan.finished_at === null && (
        <Figure name="Max in flight" beside={toleranceInWords(limits)}>
          {limits.max_in_flight.toLocaleString('en')}
          {limits.priority > 0 && `, priority ${limits.priority}`}
        </Figure>
      )}
    </dl>
  );
}

/** What was called more than once: by Keyferry itself, and by retries after the plan had finished. */
function Retries({
  retries: { repeated_calls: repeated, commands },
}: {
  retries: NonNullable<ThroughputView['retries']>;
}) {
  const accepted = commands.reduce((sum, one) => sum + one.accepted, 0);
  const seconds = commands.reduce((sum, one) => sum + one.seconds, 0);
  return (
    <>
      {repeated > 0 && (
        <Figure name="Repeated calls" beside="">
          {repeated.toLocaleString('en')}
        </Figure>
      )}
      {commands.length > 0 && (
        <Figure name="Retried afterwards" beside={`${countOf(accepted, 'replica')} in ${durationInWords(seconds)}`}>
          {commands.length.toLocaleString('en')} ×
        </Figure>
      )}
    </>
  );
}

function Figure({ name, beside, children }: { name: string; beside: string; children: ReactNode }) {
  return (
    <div className={looks.figure}>
      <dt className="quiet">{name}</dt>
      <dd>
        <b>{children}</b>
        <span className="quiet">{beside}</span>
      </dd>
    </div>
  );
}
