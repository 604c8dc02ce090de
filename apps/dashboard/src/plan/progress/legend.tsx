import { type PlanView, replicaStates } from '@keyferry/core';
import { Tooltip } from '@mantine/core';
import { Link, useLocation, useSearchParams } from 'wouter';
import { replicaLooks } from '../../states/replica-states.ts';
import { StateGlyph } from '../../states/state-look.tsx';
import { tabPath } from '../tabs.ts';
import looks from './progress.module.css';

/** How many replicas are in each state; a state leads to its replicas, and once more back to all. */
export function Legend({ plan }: { plan: PlanView }) {
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
                <b className="numbers">{plan.counts[state].toLocaleString()}</b>
              </Link>
            </Tooltip>
          );
        })}
    </nav>
  );
}
