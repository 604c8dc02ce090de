import { Button, Code, Modal, Stack, Text } from '@mantine/core';
import type { Draft } from './draft.ts';
import { sizeOf } from './size-of.ts';

interface RunWithoutPreviewProps {
  draft: Draft;
  keys: number;
  opened: boolean;
  onClose: () => void;
  onRun: () => void;
}

/** Says what running at once does, before it does it. */
export function RunWithoutPreview({ draft, keys, opened, onClose, onRun }: RunWithoutPreviewProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Run without a preview?">
      <Stack>
        <Text size="sm">
          {draft.options.require_approval
            ? 'Once resolved, the plan waits for approval. Then it creates replicas in AWS, and each costs money from then on.'
            : 'As soon as it is resolved, the plan creates replicas in AWS, and each costs money from then on.'}{' '}
          A replica key is removed only by scheduling its deletion, which takes at least 7 days.
        </Text>
        <Text size="sm" fw={600}>
          {sizeOf(draft, keys)}
        </Text>
        <Button onClick={onRun}>
          Submit and run <Code ml={6}>{draft.name}</Code>
        </Button>
        <Button variant="default" onClick={onClose} data-autofocus>
          Back to the form
        </Button>
      </Stack>
    </Modal>
  );
}
