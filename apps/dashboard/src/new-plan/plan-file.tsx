import { Button, FileInput, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconFileUpload } from '@tabler/icons-react';
import { useState } from 'react';
import type { Draft } from './draft.ts';
import { draftOf } from './draft-of-spec.ts';
import { type LineFault, LineFaults } from './line-faults.tsx';
import { NumberedText } from './numbered-text.tsx';
import { readPlanFile } from './read-plan-file.ts';

/** Fills the form from a plan file, chosen or pasted; what is wrong with that is shown in its lines, and nothing is filled in. */
export function FillFromFile({ begun, onFilled }: { begun: boolean; onFilled: (draft: Draft) => void }) {
  const [open, { open: show, close }] = useDisclosure();
  const [text, setText] = useState('');
  const [faults, setFaults] = useState<readonly LineFault[]>([]);
  const change = (next: string) => {
    setFaults([]);
    setText(next);
  };
  const fill = async () => {
    const read = await readPlanFile(text);
    if ('faults' in read) setFaults(read.faults);
    else {
      onFilled(draftOf(read.spec));
      close();
    }
  };
  return (
    <>
      <Button variant="default" leftSection={<IconFileUpload size={16} aria-hidden />} onClick={show}>
        Fill in from a plan file
      </Button>
      <Modal opened={open} onClose={close} title="Fill in from a plan file" size="xl">
        <Stack>
          <FileInput
            label="Plan file"
            description="YAML or JSON, as keyferry plan submit takes it."
            placeholder="Choose a .yaml or .json file"
            accept=".yaml,.yml,.json"
            leftSection={<IconFileUpload size={16} aria-hidden />}
            onChange={(file) => void file?.text().then(change, () => undefined)}
          />
          <NumberedText
            label="Or paste it"
            rows={14}
            placeholder={'name: dr-2026-q4\nkeys: [alias/prod-payments]\nregions: [us-west-2]'}
            value={text}
            onChange={change}
            faulty={new Set(faults.map(({ line }) => line))}
            error={
              faults.length > 0 && `${faults.length === 1 ? 'One fault' : `${faults.length} faults`}, listed below.`
            }
          />
          {faults.length > 0 && (
            <div role="alert">
              <LineFaults
                label="Faults of the plan file"
                total={faults.length}
                faults={(count) => faults.slice(0, count)}
              />
            </div>
          )}
          {begun && (
            <Text size="sm" className="quiet">
              This replaces what is in the form now.
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button disabled={text.trim() === ''} onClick={() => void fill()}>
              Fill in the form
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
