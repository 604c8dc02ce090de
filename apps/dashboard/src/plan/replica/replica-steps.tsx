import {
  exactDurationInWords,
  isTerminalReplicaState,
  type ReplicaDetailView,
  unsuccessfulReplicaStates,
} from '@keyferry/core';
import { Time } from '../../display/time.tsx';
import { useNow } from '../../display/use-now.ts';
import classes from './replica.module.css';
import { Section } from './section.tsx';

/** When the replica came to each step, and how long each took; the one it is at goes on counting. */
export function ReplicaSteps({ replica }: { replica: ReplicaDetailView }) {
  const steps = stepsOf(replica);
  const now = useNow(steps.some(({ at }) => at === null));
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
                  {exactDurationInWords((at === null ? now.getTime() : Date.parse(at)) - Date.parse(before))} {since}
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </Section>
  );
}

/** A point in a replica's way to usable; the last one may be still to come. */
interface Step {
  readonly label: string;
  /** Null: not yet. */
  readonly at: string | null;
  /** What the time since the step before went into. */
  readonly since: string;
}

/** The steps of a replica in their order, as far as it got, and the one it is at. */
export function stepsOf(replica: ReplicaDetailView): Step[] {
  const { attempt_log: log, state, created_at, accepted_at, usable_at } = replica;
  const steps: Step[] = [{ label: 'Planned', at: created_at, since: '' }];
  const firstCall = log.find(({ operation }) => operation === 'replicate')?.started_at ?? null;
  const last = log.at(-1);
  const ended = unsuccessfulReplicaStates.includes(state) ? (last?.finished_at ?? null) : null;
  const open = !isTerminalReplicaState(state);
  if (firstCall !== null) steps.push({ label: 'First call', at: firstCall, since: 'waiting' });
  else if (open) steps.push({ label: 'First call', at: null, since: 'waiting' });
  if (accepted_at !== null) steps.push({ label: 'Accepted', at: accepted_at, since: 'calling' });
  else if (open && firstCall !== null) steps.push({ label: 'Accepted', at: null, since: 'calling' });
  if (usable_at !== null) steps.push({ label: 'Usable', at: usable_at, since: 'becoming usable' });
  else if (open && accepted_at !== null) steps.push({ label: 'Usable', at: null, since: 'becoming usable' });
  if (ended !== null) steps.push({ label: state === 'failed' ? 'Failed' : 'Blocked', at: ended, since: 'trying' });
  return steps;
}
