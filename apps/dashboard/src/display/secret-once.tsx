import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Notice } from './notice.tsx';

interface SecretOnceProps {
  /** What it is, as a sentence names it: `token`. */
  what: string;
  secret: string;
  onDone: () => void;
  /** Where it is needed. */
  children?: ReactNode;
}

/** A secret that the API answers once. It is nowhere else in the page, and gone when this is closed. */
export function SecretOnce({ what, secret, onDone, children }: SecretOnceProps) {
  const { copy, copied, error } = useClipboard({ timeout: 10_000 });
  const field = useRef<HTMLInputElement>(null);
  // It takes the place of a form whose button had the focus.
  useEffect(() => field.current?.focus(), []);
  return (
    <Stack>
      <Notice answers tone="waits" title={`Copy the ${what} now: it is shown only once`}>
        <Text size="sm">Store it in your secret store. Keyferry cannot show it again.</Text>
      </Notice>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput
          ref={field}
          flex={1}
          label={`The ${what}`}
          readOnly
          value={secret}
          onFocus={(event) => event.currentTarget.select()}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
        <Button
          variant="default"
          leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          onClick={() => copy(secret)}
        >
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </Group>
      {error && (
        <Text size="sm" role="alert">
          This browser lets no page copy here, as over plain HTTP. Select the {what} and copy it by keyboard.
        </Text>
      )}
      {children}
      <Group justify="flex-end">
        <Button onClick={onDone}>I have stored it</Button>
      </Group>
    </Stack>
  );
}
