import { type DrillView, type FindingSeverity, findingSeverities } from '@keyferry/core';
import { Button, Group, Modal, Select, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { severityLooks } from '../states/drill-states.ts';
import { AskFirst } from './ask-first.tsx';

/** Lets a person write down what the drill has shown. */
export function NoteFinding({ drill }: { drill: DrillView }) {
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
        Note a finding
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={<Text fw={650}>Note a finding</Text>} centered>
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
      label="Note it for good"
      ready={message.trim() !== ''}
      act={() => keyferry.noteFinding(drill.id, { severity, message: message.trim(), ...given })}
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
        label="How grave it is"
        allowDeselect={false}
        data={findingSeverities.map((value) => ({ value, label: severityLooks[value].label }))}
        value={severity}
        onChange={(next) => setSeverity((next as FindingSeverity | null) ?? 'warning')}
      />
      <TextInput
        label="Who sees to it"
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
