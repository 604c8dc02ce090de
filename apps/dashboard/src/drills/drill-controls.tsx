import type { OperationName } from '@keyferry/client';
import { closedDrillStates, type DrillCommand, type DrillView, drillCommands, visibleLine } from '@keyferry/core';
import { Button, Group, Modal, Text } from '@mantine/core';
import { IconDownload, IconFileText } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import { useMay } from '../api/caller.ts';
import { type Asked, DrillDialog } from './drill-dialogs.tsx';
import { missingApprovals } from './waits-for.ts';

/** What each is called, and the operation that a caller must be allowed; the likeliest first. */
const commands: Readonly<Record<Asked, { label: string; operation: OperationName; command: DrillCommand }>> = {
  approve: { label: 'Approve', operation: 'POST /v1/drills/{id}/approve', command: 'approve' },
  reject: { label: 'Reject', operation: 'POST /v1/drills/{id}/approve', command: 'approve' },
  resume: { label: 'Resume', operation: 'POST /v1/drills/{id}/resume', command: 'resume' },
  pause: { label: 'Pause', operation: 'POST /v1/drills/{id}/pause', command: 'pause' },
  abort: { label: 'Abort', operation: 'POST /v1/drills/{id}/abort', command: 'abort' },
  break_glass: { label: 'Break glass', operation: 'POST /v1/drills/{id}/break-glass', command: 'break_glass' },
};

/** What the caller may do with the drill as it stands; each asks before it does it. */
export function DrillControls({ drill }: { drill: DrillView }) {
  const may = useMay();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [open, setOpen] = useState(false);
  const row = useRef<HTMLDivElement>(null);
  const waits = missingApprovals(drill) !== null;
  const available = (Object.keys(commands) as Asked[]).filter((name) => {
    const { operation, command } = commands[name];
    const decides = command === 'approve' || command === 'break_glass';
    return may(operation) && drillCommands[command].includes(drill.state) && (!decides || waits);
  });
  const ask = (name: Asked) => {
    setAsked(name);
    setOpen(true);
  };
  const afterwards = () => {
    setAsked(null);
    // The button that had opened the dialog may be gone with the state that it belonged to.
    if (document.activeElement === document.body) row.current?.querySelector<HTMLElement>('button, a')?.focus();
  };
  const close = () => setOpen(false);
  return (
    <>
      <Group ref={row} gap="xs" role="group" aria-label="What can be done with this drill">
        {available.map((name) => (
          <Button
            key={name}
            variant={name === 'approve' || name === 'resume' ? 'filled' : 'default'}
            {...((name === 'abort' || name === 'break_glass') && { c: 'var(--state-failed)' })}
            onClick={() => ask(name)}
          >
            {commands[name].label}
          </Button>
        ))}
        <Evidence drill={drill} />
        {may('POST /v1/drills') && closedDrillStates.includes(drill.state) && (
          <Button component={Link} href={`/drills/new?from=${drill.id}`} variant="default">
            Run again
          </Button>
        )}
      </Group>
      <Modal
        opened={open}
        onClose={close}
        onExitTransitionEnd={afterwards}
        title={<Text fw={650}>{asked && `${commands[asked].label}: ${visibleLine(drill.name)}`}</Text>}
        size={asked === 'approve' || asked === 'reject' ? 'xl' : 'md'}
        centered
      >
        {asked && <DrillDialog asked={asked} label={commands[asked].label} drill={drill} onClose={close} />}
      </Modal>
    </>
  );
}

/** Once it is closed: what an auditor gets, and the report of it to read. */
function Evidence({ drill }: { drill: DrillView }) {
  const may = useMay();
  if (!closedDrillStates.includes(drill.state) || drill.finished_at === null) return null;
  return (
    <>
      {may('GET /v1/drills/{id}/report') && (
        <Button
          component="a"
          href={`/v1/drills/${drill.id}/report`}
          target="_blank"
          rel="noreferrer"
          variant="default"
          leftSection={<IconFileText size={16} aria-hidden />}
        >
          Report
        </Button>
      )}
      {may('GET /v1/drills/{id}/evidence') && (
        <Button
          component="a"
          href={`/v1/drills/${drill.id}/evidence`}
          download
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          Evidence pack
        </Button>
      )}
    </>
  );
}
