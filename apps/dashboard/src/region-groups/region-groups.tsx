import { countOf, type RegionGroupView } from '@keyferry/core';
import { Button, Card, Group, Table, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Listing } from '../display/listing.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { DeleteButton } from '../documents/delete-button.tsx';

/** Every Region group: what `group:<name>` stands for. */
export default function RegionGroups() {
  const may = useMay();
  const groups = useQuery({
    queryKey: ['region-groups'],
    queryFn: () => keyferry.request('GET /v1/region-groups'),
    refetchInterval: 15_000,
  });
  return (
    <>
      <PageHead
        title="Region groups"
        below={
          <Text size="sm" className="quiet">
            Plans, policies and runbooks name a group as group:&lt;name&gt; in their Regions.
          </Text>
        }
      >
        {may('PUT /v1/region-groups/{name}') && (
          <Button component={Link} href="/region-groups/-/new" leftSection={<IconPlus size={16} aria-hidden />}>
            New group
          </Button>
        )}
      </PageHead>
      <Card withBorder padding={0}>
        <Listing
          what="the Region groups"
          query={groups}
          rows={groups.data?.items}
          height={44}
          none={
            <Empty title="No Region groups yet">
              <Text size="sm" className="quiet">
                A group names a list of Regions once, for all plans.
              </Text>
            </Empty>
          }
        >
          {(rows) => (
            <Table.ScrollContainer minWidth={640}>
              <Table verticalSpacing="sm" horizontalSpacing="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Group</Table.Th>
                    <Table.Th w="45%">Regions</Table.Th>
                    <Table.Th>Changed</Table.Th>
                    <Table.Th aria-label="Actions" />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((group) => (
                    <GroupRow key={group.name} group={group} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </Listing>
      </Card>
    </>
  );
}

function GroupRow({ group: { name, regions, accounts, updated_at, updated_by } }: { group: RegionGroupView }) {
  const may = useMay();
  const store = useQueryClient();
  const own = Object.entries(accounts);
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td fw={600}>{name}</Table.Td>
      <Table.Td>
        {regions.join(', ')}
        {own.slice(0, mostAccounts).map(([account, list]) => (
          <Text key={account} size="xs" className="quiet numbers">
            {account}: {list.join(', ') || 'none'}
          </Text>
        ))}
        {own.length > mostAccounts && (
          <Text size="xs" className="quiet">
            and {countOf(own.length - mostAccounts, 'more account')}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Time at={updated_at} />
        <Text size="xs" className="quiet">
          by {updated_by}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap" justify="flex-end">
          {may('PUT /v1/region-groups/{name}') && (
            <Button
              component={Link}
              href={`/region-groups/${name}/edit`}
              variant="default"
              aria-label={`Edit the Region group ${name}`}
            >
              Edit
            </Button>
          )}
          {may('DELETE /v1/region-groups/{name}') && (
            <DeleteButton
              what="Region group"
              name={name}
              effect={[
                'Submitted plans keep the Regions that it stood for.',
                `What names group:${name} and is submitted, run or checked from now on fails.`,
              ]}
              remove={() => keyferry.request('DELETE /v1/region-groups/{name}', { name })}
              onDeleted={() => void store.invalidateQueries({ queryKey: ['region-groups'] })}
            />
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

const mostAccounts = 5;
