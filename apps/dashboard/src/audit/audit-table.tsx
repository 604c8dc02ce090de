import { type AuditEntryView, visibleLine, visibleText } from '@keyferry/core';
import { Anchor, Badge, Button, Code, Group, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useId } from 'react';
import { Link } from 'wouter';
import { Copyable } from '../display/copyable.tsx';
import { Facts } from '../display/facts.tsx';
import { Time } from '../display/time.tsx';
import type { AuditChoice } from './audit-choice.ts';
import { subjectPath } from './subject-path.ts';

/** Narrows the filter. */
type OnChoose = (next: Partial<AuditChoice>) => void;

const breaks = { overflowWrap: 'anywhere' } as const;

export function AuditTable({ rows, onChoose }: { rows: readonly AuditEntryView[]; onChoose: OnChoose }) {
  return (
    <Table.ScrollContainer minWidth={860} type="native">
      <Table highlightOnHover verticalSpacing={6} horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th ta="right">Entry</Table.Th>
            <Table.Th>Time</Table.Th>
            <Table.Th>Caller</Table.Th>
            <Table.Th>Action</Table.Th>
            <Table.Th>About</Table.Th>
            <Table.Th>Outcome</Table.Th>
            <Table.Th aria-label="Details" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((entry) => (
            <EntryRow key={entry.seq} entry={entry} onChoose={onChoose} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function EntryRow({ entry, onChoose }: { entry: AuditEntryView; onChoose: OnChoose }) {
  const [open, { toggle }] = useDisclosure();
  const detailsId = useId();
  const { seq, at, action, outcome } = entry;
  return (
    <>
      <Table.Tr>
        <Table.Td ta="right" className="numbers">
          {seq.toLocaleString('en')}
        </Table.Td>
        <Table.Td style={{ whiteSpace: 'nowrap' }}>
          <Time at={at} />
        </Table.Td>
        <Table.Td>
          <Actor entry={entry} onChoose={onChoose} />
        </Table.Td>
        <Table.Td>
          <Choose label={`Only ${action}`} onClick={() => onChoose({ action })}>
            {action}
          </Choose>
        </Table.Td>
        <Table.Td>
          <Subject entry={entry} />
        </Table.Td>
        <Table.Td>
          {outcome === 'done' ? (
            'Done'
          ) : (
            <Badge color="red" c="var(--mantine-color-text)" variant="light" radius="sm" tt="none">
              Refused
            </Badge>
          )}
        </Table.Td>
        <Table.Td ta="right">
          <Button
            size="compact-xs"
            variant="subtle"
            aria-expanded={open}
            aria-controls={open ? detailsId : undefined}
            aria-label={`${open ? 'Hide' : 'Show'} details of entry ${seq}`}
            onClick={toggle}
          >
            {open ? 'Hide' : 'Details'}
          </Button>
        </Table.Td>
      </Table.Tr>
      {open && (
        <Table.Tr id={detailsId}>
          <Table.Td colSpan={7}>
            <Details entry={entry} onChoose={onChoose} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

function Actor({ entry: { actor }, onChoose }: { entry: AuditEntryView; onChoose: OnChoose }) {
  const { caller, role } = actor;
  if (caller === null) return <span className="quiet">unknown</span>;
  return (
    <>
      <Choose label={`Only entries of ${caller}`} onClick={() => onChoose({ actor: caller })}>
        {visibleLine(caller)}
      </Choose>
      {role !== null && (
        <Text span size="xs" className="quiet">
          {' '}
          {role}
        </Text>
      )}
    </>
  );
}

/** A value that the list can be narrowed to. */
function Choose({ label, onClick, children }: { label: string; onClick: () => void; children: string }) {
  return (
    <Anchor component="button" type="button" size="sm" c="inherit" title={label} onClick={onClick}>
      {children}
    </Anchor>
  );
}

/** What it is about, with the way there. */
function Subject({ entry }: { entry: AuditEntryView }) {
  const { type, id } = entry.object;
  const path = subjectPath(entry);
  const { name } = entry.detail;
  const called = visibleLine(typeof name === 'string' ? name : (id ?? ''));
  return (
    <span style={breaks}>
      {type.replaceAll('_', ' ')}{' '}
      {path === null ? (
        called
      ) : (
        <Anchor component={Link} href={path} size="sm" underline="always">
          {called}
        </Anchor>
      )}
    </span>
  );
}

/** All that an entry says, as it is hashed. */
function Details({ entry, onChoose }: { entry: AuditEntryView; onChoose: OnChoose }) {
  const { actor, object, request_id, detail, hash, prev_hash } = entry;
  const { type, id } = object;
  return (
    <>
      <Facts
        facts={[
          id !== null && [
            'Id',
            <Group key="id" gap="xs">
              <Copyable value={visibleLine(id)} what="the id" />
              <Button size="compact-xs" variant="default" onClick={() => onChoose({ type, subject: id })}>
                Only entries about it
              </Button>
            </Group>,
          ],
          request_id !== null && ['Request', <Copyable key="request" value={request_id} what="the request id" />],
          actor.token_id !== null && ['Token', <Copyable key="token" value={actor.token_id} what="the token id" />],
          ['Hash', <Copyable key="hash" value={hash} what="the hash" />],
          ['Hash before', <Copyable key="before" value={prev_hash} what="the hash before" />],
        ]}
      />
      <Code block mt="xs" tabIndex={0} style={{ whiteSpace: 'pre-wrap', ...breaks }}>
        {visibleText(JSON.stringify(detail, null, 2))}
      </Code>
    </>
  );
}
