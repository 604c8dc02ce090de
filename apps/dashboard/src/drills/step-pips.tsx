import { type DrillView, type Runbook, stepInWords } from '@keyferry/core';
import { Text } from '@mantine/core';
import { stepLooks } from '../states/drill-states.ts';
import looks from './step-pips.module.css';

/** How far a drill is: a shape for each step, and the one under way in words. */
export function StepPips({ drill }: { drill: DrillView }) {
  const { steps, current_step } = drill;
  const written = (drill.spec as Runbook).steps;
  const now = steps.find(({ id }) => id === current_step);
  const done = steps.filter(({ state }) => state === 'succeeded' || state === 'skipped').length;
  const told = now && written[now.position];
  return (
    <>
      <div className={looks.pips} role="img" aria-label={`${done} of ${steps.length} steps done`}>
        {steps.map(({ id, state }) => (
          <span
            key={id}
            className={looks.pip}
            data-now={id === current_step || undefined}
            style={{ color: stepLooks[state].colour }}
          >
            {stepLooks[state].shape}
          </span>
        ))}
      </div>
      <Text size="xs" className="quiet numbers" mt={4}>
        {told
          ? `Step ${now.position + 1} of ${steps.length}: ${stepInWords(told)}`
          : `${done} of ${steps.length} steps done`}
      </Text>
    </>
  );
}
