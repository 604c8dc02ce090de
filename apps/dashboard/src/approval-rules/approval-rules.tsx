import { type ApprovalRule, type ApprovalRulesView, countOf, ruleInWords } from '@keyferry/core';
import { Button, Card, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { RuleDialog } from './rule-dialog.tsx';
import { RuleVersions } from './rule-versions.tsx';
import { SaveRules } from './save-rules.tsx';

/** Which plans, schedules and drills need which approvals; admins change that. */
export default function ApprovalRules() {
  const rules = useQuery({
    queryKey: ['approval-rules', 'in force'],
    queryFn: () => keyferry.request('GET /v1/approval-rules'),
    refetchInterval: 15_000,
  });
  if (rules.data) return <Known current={rules.data} />;
  return (
    <>
      <PageHead title="Approval rules" />
      {rules.error ? (
        <Failure error={rules.error} what="the approval rules" onRetry={() => void rules.refetch()} />
      ) : (
        <Loading what="the approval rules" heights={[40, 40, 40]} />
      )}
    </>
  );
}

function Known({ current }: { current: ApprovalRulesView }) {
  const may = useMay()('PUT /v1/approval-rules');
  const [asked, setAsked] = useState<ApprovalRule | 'new' | null>(null);
  const [deleting, setDeleting] = useState<ApprovalRule | null>(null);
  return (
    <>
      <PageHead title="Approval rules" below={<Standing current={current} mayChange={may} />}>
        {may && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAsked('new')}>
            New rule
          </Button>
        )}
      </PageHead>
      <Stack gap="md">
        <Card withBorder padding={0}>
          {current.rules.length === 0 ? (
            <Empty title="There are no rules">
              <Text size="sm" className="quiet" maw="60ch">
                Plans and drills need the approvals that they ask for themselves; promotions need two.
              </Text>
            </Empty>
          ) : (
            <RuleTable rules={current.rules} onEdit={may ? setAsked : null} onDelete={setDeleting} />
          )}
        </Card>
        <RuleVersions current={current} />
      </Stack>
      <RuleDialog current={current} asked={asked} onClose={() => setAsked(null)} />
      <DeleteRule current={current} rule={deleting} onClose={() => setDeleting(null)} />
    </>
  );
}

function Standing({ current, mayChange }: { current: ApprovalRulesView; mayChange: boolean }) {
  const { version, author, created_at, comment } = current;
  return (
    <Text size="sm" className="quiet">
      Who must approve, whatever a plan or drill asks for itself: the most of all matching rules.{' '}
      {created_at !== null && (
        <>
          Version {version}, by {author} at <Time at={created_at} />
          {comment !== null && `: “${comment}”`}.
        </>
      )}{' '}
      {!mayChange && 'Admins change them.'}
    </Text>
  );
}

interface RuleTableProps {
  rules: readonly ApprovalRule[];
  /** Null: the caller may not change them. */
  onEdit: ((rule: ApprovalRule) => void) | null;
  onDelete: (rule: ApprovalRule) => void;
}

function RuleTable({ rules, onEdit, onDelete }: RuleTableProps) {
  return (
    <Table.ScrollContainer minWidth={560} type="native">
      <Table highlightOnHover verticalSpacing="sm" horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Rule</Table.Th>
            <Table.Th>Asks for</Table.Th>
            {onEdit && <Table.Th aria-label="Actions" />}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rules.map((rule) => (
            <Table.Tr key={rule.name}>
              <Table.Td>
                <Text size="sm" fw={600}>
                  {rule.name}
                </Text>
              </Table.Td>
              <Table.Td>
                <Text size="sm">{ruleInWords(rule)}</Text>
              </Table.Td>
              {onEdit && (
                <Table.Td>
                  <Group gap={6} wrap="nowrap" justify="flex-end">
                    <Button
                      size="compact-xs"
                      variant="default"
                      onClick={() => onEdit(rule)}
                      aria-label={`Edit the rule ${rule.name}`}
                    >
                      Edit
                    </Button>
                    <Button
                      size="compact-xs"
                      variant="default"
                      c="var(--state-failed)"
                      onClick={() => onDelete(rule)}
                      aria-label={`Delete the rule ${rule.name}`}
                    >
                      Delete
                    </Button>
                  </Group>
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface DeleteRuleProps {
  current: ApprovalRulesView;
  /** Null: closed. */
  rule: ApprovalRule | null;
  onClose: () => void;
}

function DeleteRule({ current, rule, onClose }: DeleteRuleProps) {
  return (
    <Modal opened={rule !== null} onClose={onClose} title={<b>{rule && `Delete the rule ${rule.name}?`}</b>} centered>
      {rule && (
        <SaveRules
          {...{ current, onClose }}
          grave
          about={rule.name}
          label="Delete the rule"
          change={(rules) => rules.filter(({ name }) => name !== rule.name)}
        >
          {() => (
            <Text size="sm">
              It asks for {ruleInWords(rule)}. {leftInWords(current.rules.length - 1)}
            </Text>
          )}
        </SaveRules>
      )}
    </Modal>
  );
}

function leftInWords(count: number): string {
  if (count <= 0) return 'No other rule is left.';
  return `${countOf(count, 'other rule')} ${count === 1 ? 'stays' : 'stay'} in force.`;
}
