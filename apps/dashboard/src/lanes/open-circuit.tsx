import { countOf, durationInWords, type ErrorCode, errorRule } from '@keyferry/core';
import { Button, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import type { QueryKey } from '@tanstack/react-query';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Ask } from '../display/ask.tsx';
import { Effect } from '../display/effect.tsx';
import { Time } from '../display/time.tsx';

/** Since when and why a circuit is not closed, and what to do. */
export function OpenCircuit({ since, reason }: { since: string; reason: string | null }) {
  const rule = reason === null ? undefined : errorRule(reason as ErrorCode);
  const seconds = Math.max(0, (Date.now() - Date.parse(since)) / 1_000);
  return (
    <>
      Open since <Time at={since} /> ({durationInWords(seconds)}). {rule?.title} {rule?.operatorAdvice}
    </>
  );
}

interface ResetCircuitProps {
  /** Of a lane, or `cckm`. */
  id: string;
  /** What its calls are, as a sentence names it. */
  of: string;
  /** Calls that wait for it. */
  pending: number;
  /** What has to be read again afterwards. */
  changes: QueryKey;
}

/** Closes a circuit without waiting for a probe; asks first. Who may not is told who may. */
export function ResetCircuit({ id, of, pending, changes }: ResetCircuitProps) {
  const may = useMay()('POST /v1/lanes/{id}/reset');
  const [asked, { open, close }] = useDisclosure();
  if (!may) {
    return (
      <Text size="xs" className="quiet">
        An operator can reset it.
      </Text>
    );
  }
  return (
    <>
      <Button size="compact-xs" variant="default" mt={4} onClick={open} aria-label={`Reset circuit of ${of}`}>
        Reset circuit
      </Button>
      <Modal opened={asked} onClose={close} title={<b>Reset the circuit?</b>} centered>
        <Ask
          label="Reset the circuit"
          changes={changes}
          act={() => keyferry.request('POST /v1/lanes/{id}/reset', { id })}
          onDone={() =>
            notifications.show({
              color: 'teal',
              title: 'Circuit closed',
              message: `${of}: calls go through again. It opens again if they fail.`,
            })
          }
          onClose={close}
        >
          <Text size="sm">{of}</Text>
          <Effect
            lines={[
              'Calls go through again at once, without waiting for a probe.',
              'If they fail, the circuit opens again. Fix the cause first.',
              ...(pending > 0 ? [`${countOf(pending, 'pending call')} can go.`] : []),
            ]}
          />
        </Ask>
      </Modal>
    </>
  );
}
