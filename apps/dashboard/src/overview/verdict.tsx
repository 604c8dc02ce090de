import { type HealthReason, healthInWords, type OverviewView } from '@keyferry/core';
import { Button, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useMay } from '../api/caller.ts';
import { withLocalTimes } from '../display/local-time.ts';
import looks from './overview.module.css';
import { actionFor, workInWords } from './verdict.ts';

const icons = { ok: IconCircleCheck, attention: IconAlertTriangle, broken: IconCircleX };
const words = { attention: 'Should be looked at', broken: 'Broken' };

/** The verdict in words, then each reason in the order of urgency, with what to press. */
export function Verdict({ overview }: { overview: OverviewView }) {
  const { health, reasons, plans } = overview;
  const Icon = icons[health];
  return (
    <section className={looks.verdict} data-health={health} aria-label="The verdict">
      <div className={looks.head}>
        <Icon size={34} stroke={1.8} className={looks.icon} aria-hidden />
        <div>
          <div role="status">
            <Title order={2} size="h3">
              {healthInWords[health]}
            </Title>
          </div>
          <Text size="sm" className="numbers">
            {workInWords(plans)}
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
