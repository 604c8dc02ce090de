import type { PlanView } from '@keyferry/core';
import { Anchor, Badge, Button, Code, Group, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useMay } from '../../api/caller.ts';
import { regionName } from '../../regions/region-names.ts';
import { commands, takes } from '../controls/commands.ts';
import { tabPath } from '../tabs.ts';
import type { FailureCause, FailureGroup } from './by-code.ts';
import looks from './cause.module.css';

/** What is tried again, and how many that are. */
export interface RetryGroup {
  readonly error_code: string;
  readonly region?: string;
  readonly count: number;
}

/** A key that could not be found when the plan was resolved is no row that could be tried again. */
const needNewPlan = ['unknown_key', 'ambiguous_alias'];

interface CauseProps {
  plan: PlanView;
  cause: FailureCause;
  onRetry: (group: RetryGroup) => void;
}

/** One cause: what it means and what to do, and where it struck. */
export function Cause({ plan, cause, onRetry }: CauseProps) {
  const { code, message, whatToDo, retryable, count, groups } = cause;
  const may = useMay();
  const stays = needNewPlan.includes(code);
  const retries = may(commands.retry.operation) && takes(plan, 'retry') && !stays;
  const retryAll = `Retry ${groups.length > 1 ? 'all ' : ''}${count.toLocaleString()}`;
  return (
    <section className={looks.cause} aria-label={code}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="sm">
        <div>
          <Group gap="xs">
            <Text fw={650} className="numbers">
              {count.toLocaleString()} ×
            </Text>
            <Code>{code}</Code>
            <Badge variant="default" tt="none" radius="sm" fw={600}>
              {retryable ? 'May pass by itself' : stays ? 'Needs a new plan' : 'Mend it, then retry'}
            </Badge>
          </Group>
          <Text size="sm" mt={6}>
            {message} <b>{whatToDo}</b>
          </Text>
        </div>
        {retries && (
          <Button
            size="xs"
            variant="default"
            flex="none"
            onClick={() => onRetry({ error_code: code, count })}
            aria-label={`${retryAll} with ${code}`}
          >
            {retryAll}
          </Button>
        )}
      </Group>
      <Table mt="xs" verticalSpacing={6} withRowBorders={false} className={`${looks.table} numbers`}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={190}>Region</Table.Th>
            <Table.Th w={130}>Replicas</Table.Th>
            <Table.Th w={150}>Accounts</Table.Th>
            <Table.Th>One of them</Table.Th>
            <Table.Th w={90} aria-label="Retry" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {groups.map((group) => (
            <Table.Tr key={group.region} style={{ verticalAlign: 'top' }}>
              <Table.Td>
                {group.region}{' '}
                <Text span size="xs" className="quiet">
                  {regionName(group.region)}
                </Text>
              </Table.Td>
              <Table.Td>
                <Anchor
                  component={Link}
                  size="sm"
                  href={tabPath(plan.id, 'replicas', { error_code: code, region: group.region })}
                >
                  {states(group)}
                </Anchor>
              </Table.Td>
              <Table.Td>{accounts(group)}</Table.Td>
              <Table.Td>
                <Anchor
                  component={Link}
                  size="sm"
                  className={looks.example}
                  href={tabPath(plan.id, 'replicas', {
                    error_code: code,
                    region: group.region,
                    replica: group.example.replica_id,
                  })}
                >
                  {group.example.message.replace(whatToDo, '').trim()}
                </Anchor>
              </Table.Td>
              <Table.Td ta="right">
                {retries && groups.length > 1 && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    onClick={() => onRetry({ error_code: code, region: group.region, count: group.count })}
                    aria-label={`Retry ${group.count.toLocaleString()} with ${code} in ${group.region}`}
                  >
                    Retry {group.count.toLocaleString()}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function states({ failed, blocked }: FailureGroup): string {
  const some = [
    failed > 0 && `${failed.toLocaleString()} failed`,
    blocked > 0 && `${blocked.toLocaleString()} blocked`,
  ];
  return some.filter(Boolean).join(', ');
}

function accounts({ accounts: named, account_count: count }: FailureGroup): string {
  const shown = named.filter((account) => account !== '').slice(0, 2);
  if (shown.length === 0) return '–';
  return count > shown.length
    ? `${shown.join(', ')} and ${(count - shown.length).toLocaleString()} more`
    : shown.join(', ');
}
