import type { DrillFindingView, DrillView } from '@keyferry/core';
import { Group, Text } from '@mantine/core';
import { Empty } from '../display/empty.tsx';
import { withLocalTimes } from '../display/local-time.ts';
import { Time } from '../display/time.tsx';
import { severityLooks } from '../states/drill-states.ts';
import looks from './findings.module.css';
import { NoteFinding } from './note-finding.tsx';

const order = ['blocking', 'warning', 'info'] as const;

/** What is to be followed up, the gravest first. */
export function Findings({ drill }: { drill: DrillView }) {
  const sorted = drill.findings.toSorted(
    (a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || a.seq - b.seq,
  );
  return (
    <>
      <Group p="sm" justify="flex-end">
        <NoteFinding drill={drill} />
      </Group>
      {sorted.length === 0 && <Empty title="Nothing has been found so far" />}
      <ul className={looks.findings} aria-label="Findings">
        {sorted.map((finding) => (
          <Finding key={finding.seq} finding={finding} />
        ))}
      </ul>
    </>
  );
}

function Finding({ finding }: { finding: DrillFindingView }) {
  const { severity, code, message, step, owner, due, ticket, by, at } = finding;
  const look = severityLooks[severity];
  return (
    <li className={looks.finding}>
      <Text size="sm" fw={600} className={looks.severity}>
        <span aria-hidden style={{ color: look.colour, fontFamily: 'var(--glyphs)' }}>
          {look.shape}
        </span>{' '}
        {look.label}
      </Text>
      <div>
        <Text size="sm">{withLocalTimes(message)}</Text>
        <Text size="xs" className="quiet">
          {code}
          {step && ` · in ${step}`} · {by ?? 'found by the drill'} · <Time at={at} />
        </Text>
      </div>
      <Text size="sm" component="div">
        {owner ?? <span className="quiet">no owner yet</span>}
        {due && ` · due ${due}`}
        {ticket && ` · ${ticket}`}
      </Text>
    </li>
  );
}
