import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';

/** Asks first: a draft that is discarded is gone. */
export function Discard({ onDiscard }: { onDiscard: () => void }) {
  const [open, { open: ask, close }] = useDisclosure();
  return (
    <>
      <Button variant="subtle" size="compact-sm" color="red" onClick={ask}>
        Discard draft
      </Button>
      <Modal opened={open} onClose={close} title="Discard this draft?" size="sm">
        <Stack>
          <Text size="sm">What you entered is lost. Plans that were submitted stay.</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Keep
            </Button>
            <Button
              color="red"
              onClick={() => {
                close();
                onDiscard();
              }}
            >
              Discard
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
