import { durationInWords, type TokenState, type TokenView, tokenStateOf } from '@keyferry/core';
import { Anchor, Badge, Button, Group, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { Time } from '../display/time.tsx';
import { scopeInWords } from './scope-in-words.ts';

/** How each state of a token is called and coloured. */
export const stateLabels: Readonly<Record<TokenState, { label: string; colour: string }>> = {
  active: { label: 'Active', colour: 'teal' },
  expired: { label: 'Expired', colour: 'gray' },
  revoked: { label: 'Revoked', colour: 'gray' },
};

/** A token that ends within this time is to be replaced, seconds. */
const soon = 14 * 86_400;

interface TokenTableProps {
  rows: readonly TokenView[];
  onReplace: (token: TokenView) => void;
  onRevoke: (token: TokenView) => void;
}

export function TokenTable({ rows, onReplace, onRevoke }: TokenTableProps) {
  const now = new Date();
  return (
    <Table.ScrollContainer minWidth={920} type="native">
      <Table highlightOnHover verticalSpacing="sm" horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Role</Table.Th>
            <Table.Th>Scope</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Last used</Table.Th>
            <Table.Th>Created</Table.Th>
            <Table.Th aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((token) => (
            <TokenRow key={token.id} {...{ token, now, onReplace, onRevoke }} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface TokenRowProps extends Omit<TokenTableProps, 'rows'> {
  token: TokenView;
  now: Date;
}

function TokenRow({ token, now, onReplace, onRevoke }: TokenRowProps) {
  const { name, role, person, last_used_at, created_at, created_by } = token;
  const scope = scopeInWords(token);
  const state = tokenStateOf(token, now);
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor
          component={Link}
          href={`/audit?actor=${encodeURIComponent(name)}`}
          fw={600}
          size="sm"
          title={`What ${name} did, in the audit log`}
        >
          {name}
        </Anchor>
        {person !== null && (
          <Text size="xs" className="quiet">
            is {person}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{role}</Table.Td>
      <Table.Td maw={240}>
        <Text size="sm" className={scope === '' ? 'quiet' : 'numbers'}>
          {scope || 'all'}
        </Text>
      </Table.Td>
      <Table.Td>
        <TokenEnd token={token} state={state} now={now} />
      </Table.Td>
      <Table.Td>{last_used_at === null ? <span className="quiet">never</span> : <Time at={last_used_at} />}</Table.Td>
      <Table.Td>
        <Time at={created_at} />
        <Text size="xs" className="quiet">
          by {created_by}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap" justify="flex-end">
          {state !== 'revoked' && (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => onReplace(token)}
              aria-label={`Replace the token ${name}`}
            >
              Replace
            </Button>
          )}
          {state === 'active' && (
            <Button
              size="compact-xs"
              variant="default"
              c="var(--state-failed)"
              onClick={() => onRevoke(token)}
              aria-label={`Revoke the token ${name}`}
            >
              Revoke
            </Button>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

/** Whether a token works, and when that ends or ended. */
function TokenEnd({ token, state, now }: { token: TokenView; state: TokenState; now: Date }) {
  const { expires_at, revoked_at, revoked_by } = token;
  const left = expires_at === null ? null : (Date.parse(expires_at) - now.getTime()) / 1_000;
  const ends = state === 'active' && left !== null && left < soon;
  const { label, colour } = stateLabels[state];
  return (
    <>
      <Badge color={ends ? 'orange' : colour} c="var(--mantine-color-text)" variant="light" radius="sm" tt="none">
        {ends ? `Expires in ${durationInWords(left)}` : label}
      </Badge>
      <Text size="xs" className="quiet" mt={2}>
        {revoked_at !== null ? (
          <>
            <Time at={revoked_at} /> by {revoked_by}
          </>
        ) : expires_at !== null ? (
          <>
            {state === 'expired' ? 'at' : 'until'} <Time at={expires_at} />
          </>
        ) : (
          'until it is revoked'
        )}
      </Text>
    </>
  );
}
