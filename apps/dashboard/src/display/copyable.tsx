import { ActionIcon, CopyButton, Group, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';

const exact = {
  minWidth: 0,
  fontFamily: 'var(--mantine-font-family-monospace)',
  fontSize: 12,
  lineHeight: '20px',
  overflowWrap: 'anywhere',
} as const;

/** Something exact that is needed elsewhere: an id, an ARN. Over plain HTTP a browser lets no page write to the clipboard. */
export function Copyable({ value, what }: { value: string; what: string }) {
  return (
    <Group gap={4} wrap="nowrap" align="flex-start" component="span" miw={0}>
      <span style={exact}>{value}</span>
      {window.isSecureContext && <Copy value={value} what={what} />}
    </Group>
  );
}

function Copy({ value, what }: { value: string; what: string }) {
  return (
    <CopyButton value={value} timeout={1_500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : `Copy ${what}`}>
          <ActionIcon
            size={20}
            variant="subtle"
            color={copied ? 'teal' : 'gray'}
            aria-label={copied ? 'Copied' : `Copy ${what}`}
            onClick={copy}
          >
            {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
