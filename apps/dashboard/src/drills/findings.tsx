import { type DrillFindingView, type DrillView, type FindingSeverity, findingSeverities } from '@keyferry/core';
import { Button, Group, Modal, Select, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { withLocalTimes } from '../display/local-time.ts';
import { Time } from '../display/time.tsx';
import { severityLooks } from '../states/drill-states.ts';
import { AskFirst } from './ask-first.tsx';
import looks from './drill.module.css';

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
      {sorted.length === 0 && <Empty title="No findings yet" />}
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
      <Text size="sm" fw={600}>
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

/** Lets a person write down what the drill has shown. */
function NoteFinding({ drill }: { drill: DrillView }) {
  const may = useMay();
  const [open, setOpen] = useState(false);
  if (!may('POST /v1/drills/{id}/findings')) return null;
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        Add a finding
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={<Text fw={650}>Add a finding</Text>} centered>
        <Form drill={drill} onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function Form({ drill, onClose }: { drill: DrillView; onClose: () => void }) {
  const [severity, setSeverity] = useState<FindingSeverity>('warning');
  const [message, setMessage] = useState('');
  const [owner, setOwner] = useState('');
  const [due, setDue] = useState('');
  const [ticket, setTicket] = useState('');
  const given = Object.fromEntries(
    Object.entries({ owner, due, ticket }).flatMap(([name, value]) => (value.trim() ? [[name, value.trim()]] : [])),
  );
  return (
    <AskFirst
      {...{ drill, onClose }}
      label="Add the finding"
      ready={message.trim() !== ''}
      act={() =>
        keyferry.request('POST /v1/drills/{id}/findings', {
          id: drill.id,
          body: { severity, message: message.trim(), ...given },
        })
      }
    >
      <Textarea
        label="What was found"
        required
        maxLength={2_000}
        autosize
        minRows={2}
        value={message}
        onChange={({ currentTarget }) => setMessage(currentTarget.value)}
      />
      <Select
        label="Severity"
        allowDeselect={false}
        data={findingSeverities.map((value) => ({ value, label: severityLooks[value].label }))}
        value={severity}
        onChange={(next) => setSeverity((next as FindingSeverity | null) ?? 'warning')}
      />
      <TextInput
        label="Owner"
        maxLength={300}
        value={owner}
        onChange={({ currentTarget }) => setOwner(currentTarget.value)}
      />
      <Group grow>
        <TextInput label="Due" type="date" value={due} onChange={({ currentTarget }) => setDue(currentTarget.value)} />
        <TextInput
          label="Ticket"
          maxLength={256}
          value={ticket}
          onChange={({ currentTarget }) => setTicket(currentTarget.value)}
        />
      </Group>
    </AskFirst>
  );
}
