import { type DrillView, durationInWords, durationSeconds, type Runbook } from '@keyferry/core';
import { Progress, Text } from '@mantine/core';
import { useNow } from '../display/use-now.ts';

/** The time since a drill was declared, against its target. */
export function RtoClock({ drill, size = 'sm' }: { drill: DrillView; size?: 'sm' | 'lg' }) {
  const { elapsed, target } = drillClock(drill, useNow(drill.finished_at === null));
  const over = target !== null && elapsed > target;
  const large = size === 'lg';
  return (
    <div>
      <Text size={large ? 'xl' : 'sm'} fw={large ? 680 : 600} className="numbers" lh={1.3}>
        {durationInWords(Math.floor(elapsed))}
        {target !== null && (
          <Text span size="sm" fw={400} className="quiet">
            {' '}
            of {durationInWords(target)}
          </Text>
        )}
      </Text>
      {target !== null && (
        <>
          <Progress
            value={Math.min(100, (100 * elapsed) / Math.max(1, target))}
            size={large ? 8 : 5}
            my={4}
            color={over ? 'var(--state-failed)' : 'var(--state-replicating)'}
            aria-hidden
          />
          <Text
            size="xs"
            {...(over && { c: 'var(--state-failed)' })}
            fw={over ? 600 : 400}
            className={over ? '' : 'quiet'}
          >
            {over ? `✕ ${durationInWords(Math.floor(elapsed - target))} over its RTO` : 'RTO, since it was declared'}
          </Text>
        </>
      )}
      {target === null && (
        <Text size="xs" className="quiet">
          since it was declared; no RTO is set
        </Text>
      )}
    </div>
  );
}

/** How long a drill has gone on against what its runbook allows, in seconds. */
interface DrillClock {
  readonly elapsed: number;
  /** Null: no target. */
  readonly target: number | null;
}

export function drillClock(
  { declared_at, finished_at, spec }: Pick<DrillView, 'declared_at' | 'finished_at' | 'spec'>,
  now: Date,
): DrillClock {
  const until = finished_at === null ? now.getTime() : Date.parse(finished_at);
  const rto = (spec as Runbook).targets.rto;
  return {
    elapsed: Math.max(0, (until - Date.parse(declared_at)) / 1_000),
    target: rto === null ? null : durationSeconds(rto),
  };
}
