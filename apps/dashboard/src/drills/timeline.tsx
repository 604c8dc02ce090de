import {
  type DrillStepView,
  type DrillView,
  durationInWords,
  type Runbook,
  type RunbookStep,
  stepInWords,
  visibleLine,
} from '@keyferry/core';
import { Anchor, Card, Group, Progress, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { withLocalTimes } from '../display/local-time.ts';
import { Time } from '../display/time.tsx';
import { useNow } from '../display/use-now.ts';
import { stepLooks } from '../states/drill-states.ts';
import looks from './drill.module.css';

/** The steps in their order: what was done, what is under way and until when, what is still to come. */
export function Timeline({ drill }: { drill: DrillView }) {
  const written = (drill.spec as Runbook).steps;
  return (
    <Card withBorder padding="md" component="section" aria-label="Steps">
      <Title order={2} size="h5" mb="sm">
        Steps
      </Title>
      <ol className={looks.steps}>
        {drill.steps.map((step) => {
          const told = written[step.position];
          return told && <Step key={step.id} drill={drill} step={step} told={told} />;
        })}
      </ol>
      {drill.rollback_plan_id && (
        <Text size="sm" mt="sm">
          What was promoted is moved back by{' '}
          <Anchor component={Link} href={`/plans/${drill.rollback_plan_id}`} size="sm">
            its own plan
          </Anchor>
          .
        </Text>
      )}
    </Card>
  );
}

function Step({ drill, step, told }: { drill: DrillView; step: DrillStepView; told: RunbookStep }) {
  const { id, kind, state, error, plan_id: plan, check_id: check } = step;
  const look = stepLooks[state];
  const now = id === drill.current_step;
  return (
    <li className={looks.step} data-state={state} aria-current={now ? 'step' : undefined}>
      <span className={looks.mark} style={{ color: look.colour }} aria-hidden>
        {look.shape}
      </span>
      <div className={looks.body}>
        <div className={looks.head}>
          <Text size="sm" fw={650} component="h3" className={looks.title}>
            {visibleLine(stepInWords(told))}
          </Text>
          <Text size="sm" fw={600} className={state === 'pending' ? 'quiet' : ''} span>
            {look.label}
          </Text>
        </div>
        <Group gap="2px 12px" className="quiet numbers" fz="xs">
          <span>{told.title === null ? kind : `${kind} ${id}`}</span>
          <StepTimes step={step} paused={drill.state === 'paused'} />
          {state === 'pending' && told.on_failure !== 'stop' && (
            <span>{told.on_failure === 'rollback' ? 'rolls back if it fails' : 'goes on if it fails'}</span>
          )}
          {plan && (
            <Anchor component={Link} href={`/plans/${plan}`} size="xs">
              Plan
            </Anchor>
          )}
          {check && (
            <Anchor component={Link} href={`/checks/${check}`} size="xs">
              Coverage
            </Anchor>
          )}
        </Group>
        {step.progress && step.progress.total > 0 && <StepProgress progress={step.progress} />}
        {error && (
          <Text size="sm" mt={4} className={looks.error}>
            {withLocalTimes(error.message)}
          </Text>
        )}
      </div>
    </li>
  );
}

function StepTimes({ step, paused }: { step: DrillStepView; paused: boolean }) {
  const { started_at: from, finished_at: to, deadline_at: deadline } = step;
  const runs = from !== null && to === null;
  const now = useNow(runs);
  if (from === null) return null;
  if (to !== null) {
    return (
      <span>
        <Time at={from} />, took {durationInWords((Date.parse(to) - Date.parse(from)) / 1_000)}
      </span>
    );
  }
  const left = deadline === null ? null : Math.floor((Date.parse(deadline) - now.getTime()) / 1_000);
  return (
    <>
      <span>
        since <Time at={from} />
      </span>
      {deadline !== null && left !== null && (
        <span>{paused ? 'its time limit rests' : left > 0 ? `${durationInWords(left)} left` : 'its time is up'}</span>
      )}
    </>
  );
}

function StepProgress({ progress: { done, total, failed } }: { progress: NonNullable<DrillStepView['progress']> }) {
  const words = `${done.toLocaleString('en')} of ${total.toLocaleString('en')}${failed > 0 ? `, ${failed.toLocaleString('en')} failed` : ''}`;
  return (
    <Group gap="xs" mt={4} wrap="nowrap">
      <Progress.Root size={7} flex={1} maw={320} role="img" aria-label={words}>
        <Progress.Section value={(100 * done) / total} color="var(--state-succeeded)" withAria={false} />
        <Progress.Section value={(100 * failed) / total} color="var(--state-failed)" withAria={false} />
      </Progress.Root>
      <Text size="xs" className="numbers" flex="none">
        {words}
      </Text>
    </Group>
  );
}
