import { type DeliveryView, formatNumber, visibleLine, visibleText } from '@keyferry/core';
import { Anchor, Badge, Button, Code, Group, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { Link } from 'wouter';
import { keyferry } from '../api/client.ts';
import { Copyable } from '../display/copyable.tsx';
import { showCommandError } from '../display/show-command-error.ts';
import { Time } from '../display/time.tsx';
import { deliveryLooks } from './delivery-states.ts';
import { eventName, subjectPath } from './event-names.ts';

/** An event and what became of it; each attempt on demand. */
export function DeliveryRow({ delivery, enabled }: { delivery: DeliveryView; enabled: boolean }) {
  const [open, { toggle }] = useDisclosure();
  const attemptsId = useId();
  const { event, state, attempts, next_attempt_at, attempt_log } = delivery;
  const { label, colour } = deliveryLooks[state];
  const path = subjectPath(event);
  const last = attempt_log.at(-1);
  return (
    <>
      <Table.Tr>
        <Table.Td>
          <Text size="sm" fw={600}>
            {eventName(event.type)}
          </Text>
        </Table.Td>
        <Table.Td>
          {path === null ? (
            <span className="quiet">this webhook</span>
          ) : (
            <Anchor component={Link} href={path} size="sm" className="numbers">
              {event.subject.slice(0, 13)}…
            </Anchor>
          )}
        </Table.Td>
        <Table.Td maw={320}>
          <Badge color={colour} c="var(--mantine-color-text)" variant="light" radius="sm" tt="none" fw={600}>
            {label}
          </Badge>
          {state !== 'delivered' && last && (
            <Text size="xs" className="quiet" mt={2}>
              {last.error ?? 'An attempt is under way.'}
            </Text>
          )}
          {next_attempt_at !== null && attempts > 0 && (
            <Text size="xs" className="quiet">
              Next attempt <Time at={next_attempt_at} />
            </Text>
          )}
        </Table.Td>
        <Table.Td>
          {attempts === 0 ? (
            <span className="quiet">none yet</span>
          ) : (
            <Button
              size="compact-xs"
              variant="subtle"
              aria-expanded={open}
              aria-controls={open ? attemptsId : undefined}
              onClick={toggle}
            >
              {open ? 'Hide' : 'Show'} {attempts}
            </Button>
          )}
        </Table.Td>
        <Table.Td>
          <Time at={event.time} />
        </Table.Td>
        <Table.Td ta="right">{enabled && attempts > 0 && <Redeliver delivery={delivery} />}</Table.Td>
      </Table.Tr>
      {open && (
        <Table.Tr id={attemptsId}>
          <Table.Td colSpan={6}>
            <Attempts delivery={delivery} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

/** Each attempt with what the receiver answered, as text. */
function Attempts({ delivery: { event, attempt_log } }: { delivery: DeliveryView }) {
  return (
    <Stack gap="sm" component="ol" m={0} pl="lg">
      {attempt_log.map(({ n, started_at, duration_ms, http_status, error, answer }) => (
        <li key={n}>
          <Text size="sm">
            <Time at={started_at} />
            {http_status !== null && `, HTTP ${http_status}`}
            {duration_ms !== null && `, after ${formatNumber(duration_ms / 1_000, 2)} s`}
            {error !== null ? `: ${visibleLine(error)}` : http_status !== null && ': accepted'}
          </Text>
          {answer && (
            <Code block mt={4} tabIndex={0} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              {visibleText(answer)}
            </Code>
          )}
        </li>
      ))}
      <Group gap={6} component="li" style={{ listStyle: 'none' }}>
        <Text size="xs" className="quiet">
          webhook-id
        </Text>
        <Copyable value={event.id} what="the id of the event" />
      </Group>
    </Stack>
  );
}

/** Sends an event again, with the same id; one that waits for its next attempt, now. */
function Redeliver({ delivery: { id, webhook_id, event, state } }: { delivery: DeliveryView }) {
  const store = useQueryClient();
  const label = state === 'pending' ? 'Send now' : 'Send again';
  const sending = useMutation({
    mutationFn: () =>
      keyferry.request('POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver', {
        id: webhook_id,
        delivery_id: id,
      }),
    onSuccess: () =>
      notifications.show({ color: 'teal', title: 'Delivery queued again', message: eventName(event.type) }),
    onError: (error) => showCommandError(error, 'Not sent again'),
    onSettled: () => store.invalidateQueries({ queryKey: ['webhooks', webhook_id] }),
  });
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={sending.isPending}
      onClick={() => sending.mutate()}
      aria-label={`${label}: ${eventName(event.type)}`}
    >
      {label}
    </Button>
  );
}
