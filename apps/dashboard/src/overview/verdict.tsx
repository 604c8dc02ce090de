import { durationInWords, type HealthReason, healthInWords, type OverviewView } from '@keyferry/core';
import { Button, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconHelpCircle } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useMay } from '../api/caller.ts';
import { useHealth } from '../api/health.ts';
import { withLocalTimes } from '../display/local-time.ts';
import { Time } from '../display/time.tsx';
import { useNow } from '../display/use-now.ts';
import looks from './overview.module.css';
import { actionFor, workInWords } from './verdict.ts';

const icons = { ok: IconCircleCheck, attention: IconAlertTriangle, broken: IconCircleX };
const words = { attention: 'Degraded', broken: 'Critical' };

/** The verdict in words and its age, then each reason in the order of urgency, with what to press. */
export function Verdict({ overview }: { overview: OverviewView }) {
  const { health, reasons } = overview;
  const { readAt, stale } = useHealth();
  const Icon = stale ? IconHelpCircle : icons[health];
  return (
    <section className={looks.verdict} data-health={stale ? 'attention' : health} aria-label="The verdict">
      <div className={looks.head}>
        <Icon size={34} stroke={1.8} className={looks.icon} aria-hidden />
        <div>
          <div role="status">
            <Title order={2} size="h3">
              {stale ? 'Health not known' : healthInWords[health]}
            </Title>
          </div>
          <Text size="sm" className="numbers">
            {workInWords(overview)} <Age readAt={readAt} />
          </Text>
        </div>
      </div>
      {reasons.length > 0 && (
        <ol className={looks.reasons}>
          {reasons.map((reason) => (
            <Reason key={`${reason.code} ${reason.message}`} reason={reason} />
          ))}
        </ol>
      )}
    </section>
  );
}

/** How old the verdict is. */
function Age({ readAt }: { readAt: Date }) {
  const seconds = Math.max(0, Math.floor((useNow(true).getTime() - readAt.getTime()) / 1_000));
  return (
    <span className="quiet">
      Read <Time at={readAt} />, {durationInWords(seconds)} ago.
    </span>
  );
}

function Reason({ reason }: { reason: HealthReason }) {
  const may = useMay();
  const Icon = icons[reason.health];
  const action = actionFor(reason, may);
  return (
    <li className={looks.reason} data-health={reason.health}>
      <Icon size={18} stroke={1.9} className={looks.icon} aria-label={words[reason.health]} />
      <Text size="sm" className={looks.message}>
        {withLocalTimes(reason.message)}
      </Text>
      {action && (
        <Button component={Link} href={action.href} size="compact-sm" variant="default" flex="none">
          {action.label}
        </Button>
      )}
    </li>
  );
}
