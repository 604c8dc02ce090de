import { limitsOf, type PlanView, toleranceInWords } from '@keyferry/core';
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { localTime } from '../../display/local-time.ts';
import { timeFigure } from '../../display/time-figure.ts';
import { useThroughput } from '../throughput/use-throughput.ts';
import looks from './progress.module.css';

/** Quotas are seldom changed. */
const quotaMs = 60_000;

/** The few numbers that say whether it goes as fast as it may. */
export function Figures({ plan }: { plan: PlanView }) {
  const limits = limitsOf(plan);
  const quota = useThroughput(plan, quotaMs).data?.quota_per_second;
  const time = timeFigure(plan);
  return (
    <div className={`${looks.figures} numbers`}>
      <Figure
        name={plan.finished_at === null ? 'Rate' : 'Rate on average'}
        beside={quota === undefined ? ' ' : `of ${perSecond(quota)} by the AWS quotas`}
      >
        {plan.started_at === null ? '–' : perSecond(plan.replicas_per_second)}
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
        ≤ {limits.max_in_flight.toLocaleString()}
        {limits.priority > 0 && ` · priority ${limits.priority}`}
      </Figure>
    </div>
  );
}

function perSecond(rate: number): string {
  return `${rate.toLocaleString(undefined, { maximumFractionDigits: 1 })}/s`;
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
