import { countOf, type PlanView, visibleLine } from '@keyferry/core';
import { Anchor, Badge, Box, Button, Code, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { useMay } from '../../api/caller.ts';
import { keyferry } from '../../api/client.ts';
import { Effect } from '../../display/effect.tsx';
import { Empty } from '../../display/empty.tsx';
import { Failure } from '../../display/failure.tsx';
import { Loading } from '../../display/loading.tsx';
import { regionName } from '../../regions/region-names.ts';
import { commands, takes } from '../controls/commands.ts';
import { Confirmation } from '../controls/confirmation.tsx';
import { effectOfRetry } from '../controls/effect-of.ts';
import { useFailures } from '../plan-queries.ts';
import { tabPath } from '../tabs.ts';
import { byCode, type FailureCause, type FailureGroup } from './by-code.ts';
import looks from './failures.module.css';

/** What failed, by cause: what it means, the fix, and a retry of just that. */
export default function Failures({ plan }: { plan: PlanView }) {
  const { counts } = plan;
  const failures = useFailures(plan);
  const [asked, setAsked] = useState<RetryGroup | null>(null);
  const [open, setOpen] = useState(false);
  const ask = (group: RetryGroup) => {
    setAsked(group);
    setOpen(true);
  };
  if (counts.failed + counts.blocked === 0) return <Empty title="No replica has failed or is blocked" />;
  if (!failures.data) {
    return (
      <Box p="md">
        {failures.error ? (
          <Failure error={failures.error} what="what failed" onRetry={() => void failures.refetch()} />
        ) : (
          <Loading what="what failed" heights={[72, 72, 72]} />
        )}
      </Box>
    );
  }
  return (
    <>
      <Stack gap={0}>
        {byCode(failures.data).map((cause) => (
          <Cause key={cause.code} plan={plan} cause={cause} onRetry={ask} />
        ))}
      </Stack>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={<Text fw={650}>{asked && `Retry ${asked.error_code}${asked.region ? ` in ${asked.region}` : ''}`}</Text>}
        centered
      >
        {asked && <Retry plan={plan} group={asked} onClose={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Retry({ plan, group, onClose }: { plan: PlanView; group: RetryGroup; onClose: () => void }) {
  const { count, ...filter } = group;
  return (
    <Confirmation
      {...{ plan, onClose }}
      command="retry"
      label={`Retry ${count.toLocaleString('en')}`}
      act={() => keyferry.request('POST /v1/plans/{id}/retry', { id: plan.id, body: filter })}
    >
      <Effect lines={effectOfRetry(plan, count, new Date())} />
    </Confirmation>
  );
}

/** Which replicas are retried, and how many. */
interface RetryGroup {
  readonly error_code: string;
  readonly region?: string;
  readonly count: number;
}

/** A key that could not be found when the plan was resolved has no row to retry. */
const needNewPlan = ['unknown_key', 'ambiguous_alias'];

interface CauseProps {
  plan: PlanView;
  cause: FailureCause;
  onRetry: (group: RetryGroup) => void;
}

/** One cause: what it means, the fix, and the keys or Regions that it affects. */
function Cause({ plan, cause, onRetry }: CauseProps) {
  const { code, message, whatToDo, retryable, count, groups, keys, beyondKeys } = cause;
  const may = useMay();
  const stays = needNewPlan.includes(code);
  const retries = may(commands.retry.operation) && takes(plan, 'retry') && !stays;
  const retryAll = `Retry ${groups.length > 1 ? 'all ' : ''}${count.toLocaleString('en')}`;
  return (
    <section className={looks.cause} aria-label={code}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="sm">
        <div>
          <Group gap="xs">
            <Text fw={650} className="numbers">
              {count.toLocaleString('en')} ×
            </Text>
            <Code>{code}</Code>
            {keys.length > 0 && (
              <Text size="sm" className="quiet numbers">
                {countOf(keys.length, 'key')}
                {beyondKeys > 0 && ' or more'}
              </Text>
            )}
            <Badge variant="default" tt="none" radius="sm" fw={600}>
              {retryable ? 'Retry may succeed' : stays ? 'Needs a new plan' : 'Fix it, then retry'}
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
      {keys.length > 0 ? (
        <KeyTable plan={plan} cause={cause} />
      ) : (
        <RegionTable plan={plan} cause={cause} onRetry={retries ? onRetry : null} />
      )}
    </section>
  );
}

/** The keys that are the cause, one line for each however many Regions it fails in. */
function KeyTable({ plan, cause: { code, whatToDo, keys, beyondKeys } }: Pick<CauseProps, 'plan' | 'cause'>) {
  return (
    <>
      <Table mt="xs" verticalSpacing={6} withRowBorders={false} className={`${looks.table} numbers`}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Key</Table.Th>
            <Table.Th w={150}>Account</Table.Th>
            <Table.Th>Regions</Table.Th>
            <Table.Th>Message</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keys.map(({ key_id, alias, account, regions, example }) => (
            <Table.Tr key={key_id} style={{ verticalAlign: 'top' }}>
              <Table.Td className={looks.example}>
                <Anchor
                  component={Link}
                  size="sm"
                  href={tabPath(plan.id, 'replicas', { error_code: code, key: key_id })}
                >
                  {visibleLine(alias ?? key_id)}
                </Anchor>
              </Table.Td>
              <Table.Td>{account ?? '–'}</Table.Td>
              <Table.Td>
                {countOf(regions.length, 'Region')}{' '}
                <Text span size="xs" className="quiet">
                  {regions.join(', ')}
                </Text>
              </Table.Td>
              <Table.Td className={looks.example}>
                <Anchor
                  component={Link}
                  size="sm"
                  href={tabPath(plan.id, 'replicas', { error_code: code, key: key_id, replica: example.replica_id })}
                >
                  {messageOf(example, whatToDo)}
                </Anchor>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {beyondKeys > 0 && (
        <Anchor component={Link} size="sm" href={tabPath(plan.id, 'replicas', { error_code: code })}>
          and {countOf(beyondKeys, 'more replica')}
        </Anchor>
      )}
    </>
  );
}

function messageOf({ message }: FailureGroup['example'], whatToDo: string): string {
  return visibleLine(message.replace(whatToDo, '').trim() || message);
}

/** Where the cause is not a key: by Region. `onRetry` null: nothing can be retried. */
function RegionTable({
  plan,
  cause: { code, whatToDo, groups },
  onRetry,
}: Pick<CauseProps, 'plan' | 'cause'> & { onRetry: CauseProps['onRetry'] | null }) {
  return (
    <Table mt="xs" verticalSpacing={6} withRowBorders={false} className={`${looks.table} numbers`}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={190}>Region</Table.Th>
          <Table.Th w={130}>Replicas</Table.Th>
          <Table.Th w={150}>Accounts</Table.Th>
          <Table.Th>Message</Table.Th>
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
                {messageOf(group.example, whatToDo)}
              </Anchor>
            </Table.Td>
            <Table.Td ta="right">
              {onRetry && groups.length > 1 && (
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => onRetry({ error_code: code, region: group.region, count: group.count })}
                  aria-label={`Retry ${group.count.toLocaleString('en')} with ${code} in ${group.region}`}
                >
                  Retry {group.count.toLocaleString('en')}
                </Button>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function states({ failed, blocked }: FailureGroup): string {
  const some = [
    failed > 0 && `${failed.toLocaleString('en')} failed`,
    blocked > 0 && `${blocked.toLocaleString('en')} blocked`,
  ];
  return some.filter(Boolean).join(', ');
}

function accounts({ accounts: named, account_count: count }: FailureGroup): string {
  const shown = named.filter((account) => account !== '').slice(0, 2);
  if (shown.length === 0) return '–';
  return count > shown.length
    ? `${shown.join(', ')} and ${(count - shown.length).toLocaleString('en')} more`
    : shown.join(', ');
}
