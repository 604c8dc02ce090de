import { type ApprovalRulesView, countOf, ruleInWords } from '@keyferry/core';
import { Button, Card, Group, List, Modal, Table, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useId, useState } from 'react';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Listing, MoreRows, usePages } from '../display/listing.tsx';
import { Time } from '../display/time.tsx';
import { SaveRules } from './save-rules.tsx';

const pageSize = 10;

/** Every version of the rules, newest first; one before may be put in force again. */
export function RuleVersions({ current }: { current: ApprovalRulesView }) {
  const may = useMay()('PUT /v1/approval-rules');
  const [restoring, setRestoring] = useState<ApprovalRulesView | null>(null);
  const versions = usePages({
    queryKey: ['approval-rules', 'versions'],
    readPage: async (cursor) => {
      const { items, next_before } = await keyferry.request('GET /v1/approval-rules/versions', {
        query: { limit: pageSize, before: cursor === null ? null : Number(cursor) },
      });
      return { items, next_cursor: next_before === null ? null : String(next_before) };
    },
  });
  if (versions.rows?.length === 0) return null;
  const close = () => setRestoring(null);
  return (
    <Card withBorder padding={0} component="section" aria-label="Versions">
      <Title order={2} size="h4" p="sm">
        Versions
      </Title>
      <Listing what="the versions" query={versions} rows={versions.rows} height={36} none={null}>
        {(rows) => (
          <Table.ScrollContainer minWidth={560} type="native">
            <Table verticalSpacing="sm" horizontalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Version</Table.Th>
                  <Table.Th>Put in force</Table.Th>
                  <Table.Th>Comment</Table.Th>
                  <Table.Th>Rules</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((version) => (
                  <VersionRow
                    key={version.version}
                    version={version}
                    onRestore={may && version.version !== current.version ? () => setRestoring(version) : null}
                  />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Listing>
      <MoreRows query={versions}>Older versions</MoreRows>
      <Modal
        opened={restoring !== null}
        onClose={close}
        title={<b>{restoring && `Restore version ${restoring.version}?`}</b>}
        centered
      >
        {restoring && (
          <SaveRules
            {...{ current }}
            about={null}
            label={`Restore version ${restoring.version}`}
            change={() => restoring.rules}
            onClose={close}
          >
            {() => (
              <>
                <Text size="sm">
                  All rules of version {current.version} are replaced with those of version {restoring.version}, as a
                  new version:
                </Text>
                <RulesInWords version={restoring} />
              </>
            )}
          </SaveRules>
        )}
      </Modal>
    </Card>
  );
}

function VersionRow({ version, onRestore }: { version: ApprovalRulesView; onRestore: (() => void) | null }) {
  const [open, { toggle }] = useDisclosure();
  const rulesId = useId();
  const { author, created_at, comment, rules } = version;
  return (
    <>
      <Table.Tr>
        <Table.Td className="numbers">{version.version}</Table.Td>
        <Table.Td>
          {created_at !== null && <Time at={created_at} />}
          <Text size="xs" className="quiet">
            by {author}
          </Text>
        </Table.Td>
        <Table.Td>{comment ?? <span className="quiet">none</span>}</Table.Td>
        <Table.Td>
          <Group gap={6}>
            <Button
              size="compact-xs"
              variant="subtle"
              aria-expanded={open}
              aria-controls={open ? rulesId : undefined}
              onClick={toggle}
            >
              {open ? 'Hide' : 'Show'} {countOf(rules.length, 'rule')}
            </Button>
            {onRestore && (
              <Button
                size="compact-xs"
                variant="default"
                onClick={onRestore}
                aria-label={`Restore version ${version.version}`}
              >
                Restore
              </Button>
            )}
          </Group>
        </Table.Td>
      </Table.Tr>
      {open && (
        <Table.Tr id={rulesId}>
          <Table.Td colSpan={4}>
            <RulesInWords version={version} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

function RulesInWords({ version: { rules } }: { version: ApprovalRulesView }) {
  if (rules.length === 0) return <Text size="sm">No rules</Text>;
  return (
    <List size="sm" spacing={4}>
      {rules.map((rule) => (
        <List.Item key={rule.name}>
          <b>{rule.name}</b>: {ruleInWords(rule)}
        </List.Item>
      ))}
    </List>
  );
}
