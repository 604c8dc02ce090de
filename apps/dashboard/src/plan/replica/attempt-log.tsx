import { type AttemptOperation, type AttemptView, exactDurationInWords, type ReplicaDetailView } from '@keyferry/core';
import { Badge, Code, Group, Loader, Stack, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { Copyable } from '../../display/copyable.tsx';
import { Time } from '../../display/time.tsx';
import classes from './replica.module.css';
import { Section } from './section.tsx';

/** Every call that was made for a replica, in their order. */
export function AttemptLog({ replica: { attempt_log: log, state } }: { replica: ReplicaDetailView }) {
  return (
    <Section title="Every call">
      {log.length === 0 ? (
        <Text size="sm" className="quiet">
          {state === 'blocked' || state === 'already_present'
            ? 'None: preflight decided before the first call.'
            : 'No calls yet.'}
        </Text>
      ) : (
        <ol className={classes.log}>
          {log.map((attempt) => (
            <Attempt key={attempt.n} attempt={attempt} />
          ))}
        </ol>
      )}
    </Section>
  );
}

function Attempt({ attempt }: { attempt: AttemptView }) {
  const { operation, started_at, finished_at, http_status, error, request_id, note } = attempt;
  const { label, meaning } = operationWords[operation];
  return (
    <li>
      <span className={classes.mark} data-failed={error !== null || undefined}>
        {finished_at === null ? (
          <Loader size={14} aria-label="Under way" />
        ) : error === null ? (
          <IconCheck size={14} aria-label="Succeeded" />
        ) : (
          <IconX size={14} aria-label="Failed" />
        )}
      </span>
      <Stack gap={2} miw={0}>
        <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
          <Group gap="xs">
            <Text span size="sm" fw={600} title={meaning}>
              {label}
            </Text>
            {http_status !== null && (
              <Badge size="sm" variant="light" color={http_status < 400 ? 'teal' : 'red'} radius="sm">
                {http_status}
              </Badge>
            )}
            {error && <Code>{error.code}</Code>}
          </Group>
          <Text span size="xs" className="quiet numbers" style={{ whiteSpace: 'nowrap' }}>
            <Time at={started_at} /> ·{' '}
            {finished_at === null
              ? 'under way'
              : exactDurationInWords(Date.parse(finished_at) - Date.parse(started_at))}
          </Text>
        </Group>
        {note && <Text size="sm">{note}</Text>}
        {error && (
          <Text size="sm" className="quiet" style={{ overflowWrap: 'anywhere' }}>
            {error.message}
          </Text>
        )}
        {request_id && (
          <Group gap={6} wrap="nowrap" className="quiet">
            <Text span size="xs">
              Request
            </Text>
            <Copyable value={request_id} what="the id of the request" />
          </Group>
        )}
      </Stack>
    </li>
  );
}

/** What each call was for. */
const operationWords: Readonly<Record<AttemptOperation, { label: string; meaning: string }>> = {
  replicate: { label: 'replicate-key', meaning: 'The call that creates the replica' },
  promote: { label: 'promote', meaning: 'update-primary-region was called: the primary moves to this Region' },
  reconcile: { label: 'Look-up', meaning: 'Whether a call without a known answer succeeded' },
  verify: { label: 'Check', meaning: 'Whether the replica is usable' },
  import: { label: 'import-material', meaning: 'The same key material into the replica' },
  alias: { label: 'add-alias', meaning: 'The alias that the replica was created without' },
  synchronize: { label: 'Synchronise', meaning: 'CCKM reads the keys from AWS' },
};
