import { type PlanCommand, type PlanView, visibleLine } from '@keyferry/core';
import { Button, Group, Menu, Modal, Text, Textarea } from '@mantine/core';
import { IconChevronDown, IconCopyPlus, IconDownload } from '@tabler/icons-react';
import { lazy, Suspense, useRef, useState } from 'react';
import { Link } from 'wouter';
import { useMay } from '../../api/caller.ts';
import { keyferry } from '../../api/client.ts';
import { Effect } from '../../display/effect.tsx';
import { Loading } from '../../display/loading.tsx';
import { commands, commandsFor } from './commands.ts';
import { Confirmation, Outlook } from './confirmation.tsx';
import { effectOfCancel, effectOfExecute, effectOfPause, effectOfResume, effectOfRetry } from './effect-of.ts';
import { LimitsForm } from './limits-form.tsx';

// Few approve, and it needs the rules of Regions.
const Approval = lazy(() => import('./approval.tsx'));

/** These end a plan. */
const endings: readonly PlanCommand[] = ['cancel', 'reject'];

/** What a plan that waits for a person needs: the button that stands out. */
const answers: readonly PlanCommand[] = ['execute', 'approve', 'resume', 'retry'];

/** What the caller may do with the plan in its state; each asks first. */
export function Controls({ plan }: { plan: PlanView }) {
  const may = useMay();
  const [asked, setAsked] = useState<PlanCommand | null>(null);
  const [open, setOpen] = useState(false);
  const row = useRef<HTMLDivElement>(null);
  const close = () => setOpen(false);
  const ask = (command: PlanCommand) => {
    setAsked(command);
    setOpen(true);
  };
  const afterwards = () => {
    setAsked(null);
    // The button that had opened the dialog may be gone with the state that it belonged to.
    if (document.activeElement === document.body) row.current?.querySelector('button')?.focus();
  };
  const available = commandsFor(plan, may);
  return (
    <>
      <Group ref={row} gap="xs" role="group" aria-label="Commands for this plan">
        {available.map((name, i) => (
          <Button
            key={name}
            variant={i === 0 && answers.includes(name) && plan.state !== 'running' ? 'filled' : 'default'}
            {...(endings.includes(name) && { c: 'var(--state-failed)' })}
            onClick={() => ask(name)}
          >
            {commands[name].label}
          </Button>
        ))}
        {may('POST /v1/plans') && (
          <Button
            component={Link}
            href={`/plans/new?from=${plan.id}`}
            variant="default"
            leftSection={<IconCopyPlus size={16} aria-hidden />}
          >
            Clone
          </Button>
        )}
        <ReportMenu plan={plan} />
      </Group>
      <Modal
        opened={open}
        onClose={close}
        onExitTransitionEnd={afterwards}
        title={<Text fw={650}>{asked && `${commands[asked].label}: ${visibleLine(plan.name)}`}</Text>}
        size={asked === 'approve' ? 'xl' : 'md'}
        centered
      >
        {asked && <Dialog command={asked} plan={plan} onClose={close} />}
      </Modal>
    </>
  );
}

function Dialog({ command, plan, onClose }: { command: PlanCommand; plan: PlanView; onClose: () => void }) {
  const now = new Date();
  const { failed, blocked } = plan.counts;
  switch (command) {
    case 'approve':
      return (
        <Suspense fallback={<Loading what="what is approved" heights={[320]} />}>
          <Approval plan={plan} onClose={onClose} />
        </Suspense>
      );
    case 'reject':
      return <Rejection plan={plan} onClose={onClose} />;
    case 'patch':
      return <LimitsForm plan={plan} onClose={onClose} />;
    case 'retry':
      return (
        <Confirmation
          {...{ plan, command, onClose }}
          label="Retry all"
          act={() => keyferry.request('POST /v1/plans/{id}/retry', { id: plan.id })}
        >
          <Effect lines={effectOfRetry(plan, failed + blocked, now)} />
        </Confirmation>
      );
    default:
      return (
        <Confirmation
          {...{ plan, command, onClose }}
          label={`${commands[command].label} the plan`}
          act={() => keyferry.request(`POST /v1/plans/{id}/${command}`, { id: plan.id })}
        >
          <Effect lines={effects[command](plan, now)} />
          {command === 'execute' && <Outlook plan={plan} />}
        </Confirmation>
      );
  }
}

/** Rejects a plan, and says why. */
function Rejection({ plan, onClose }: { plan: PlanView; onClose: () => void }) {
  const [comment, setComment] = useState('');
  const said = comment.trim();
  return (
    <Confirmation
      {...{ plan, onClose }}
      command="reject"
      label="Reject the plan"
      act={() => keyferry.request('POST /v1/plans/{id}/reject', { id: plan.id, body: { comment: said || null } })}
    >
      <Effect
        lines={['The plan is cancelled. Nothing has been created, and nothing will be.', 'This cannot be undone.']}
      />
      <Textarea
        label="Comment"
        description="Shown as the reason; optional"
        maxLength={2_000}
        autosize
        minRows={2}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
    </Confirmation>
  );
}

const effects = { pause: effectOfPause, cancel: effectOfCancel, resume: effectOfResume, execute: effectOfExecute };

const formats = [
  { format: 'html', label: 'HTML, to read and to file' },
  { format: 'csv', label: 'CSV, for a spreadsheet' },
  { format: 'json', label: 'JSON, for a program' },
] as const;

/** The outcome of every replica of the plan, as a file. */
function ReportMenu({ plan }: { plan: PlanView }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          Report
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(({ format, label }) => (
          <Menu.Item key={format} component="a" href={`/v1/plans/${plan.id}/report?format=${format}`} download>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
