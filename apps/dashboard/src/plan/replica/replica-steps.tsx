import type { ReplicaDetailView } from '@keyferry/core';
import { useInterval } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { Time } from '../../display/time.tsx';
import { elapsed } from './elapsed.ts';
import classes from './replica.module.css';
import { stepsOf } from './replica-steps.ts';
import { Section } from './section.tsx';

/** When the replica came to each step, and how long each took; the one it is at goes on counting. */
export function ReplicaSteps({ replica }: { replica: ReplicaDetailView }) {
  const steps = stepsOf(replica);
  const [now, setNow] = useState(Date.now);
  const clock = useInterval(() => setNow(Date.now()), 1_000);
  const running = steps.some(({ at }) => at === null);
  useEffect(() => {
    if (!running) return;
    clock.start();
    return clock.stop;
  }, [running, clock.start, clock.stop]);
  return (
    <Section title="Times">
      <ol className={classes.steps}>
        {steps.map(({ label, at, since }, i) => {
          const before = steps[i - 1]?.at;
          return (
            <li key={label} data-open={at === null || undefined}>
              <span className={classes.step}>{label}</span>
              <span className="numbers">{at === null ? 'not yet' : <Time at={at} />}</span>
              {before && (
                <span className={classes.took}>
                  {elapsed(before, at ?? now)} {since}
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </Section>
  );
}
