import { countOf } from '@keyferry/core';
import { Button, Card, Code, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { MoreRows, usePages } from '../display/listing.tsx';
import { Loading } from '../display/loading.tsx';
import { PageHead } from '../display/page-head.tsx';
import { whileChecked } from './coverage-queries.ts';
import { PolicyCard } from './policy-card.tsx';
import { standingOfPolicy } from './policy-standing.ts';

const pageSize = 100;

/** Every coverage policy by name and how it fares: a card keeps its place when a check changes it. */
export default function Coverage() {
  const policies = usePages({
    queryKey: ['coverage', 'policies'],
    readPage: (cursor) => keyferry.request('GET /v1/coverage/policies', { query: { limit: pageSize, cursor } }),
    refetchInterval: ({ state: { data } }) => whileChecked(data?.pages.flatMap(({ items }) => items)),
  });
  const may = useMay();
  const all = policies.rows;
  const covered = all?.filter((policy) => standingOfPolicy(policy) === 'covered').length ?? 0;
  return (
    <>
      <PageHead
        title="Coverage"
        below={
          all &&
          all.length > 0 && (
            <Text size="sm" className="quiet numbers" role="status">
              {covered === all.length
                ? `${countOf(all.length, 'policy', 'policies')} fully covered`
                : `${(all.length - covered).toLocaleString('en')} of ${countOf(all.length, 'policy', 'policies')} not fully covered`}
              {policies.hasNextPage && ' (of those shown)'}
            </Text>
          )
        }
      >
        {may('PUT /v1/coverage/policies/{name}') && (
          <Button component={Link} href={newPolicyPath} leftSection={<IconPlus size={16} aria-hidden />}>
            New policy
          </Button>
        )}
      </PageHead>
      {!all && policies.error && (
        <Failure error={policies.error} what="the policies" onRetry={() => void policies.refetch()} />
      )}
      {policies.isPending && <Loading what="the policies" heights={[104, 104, 104]} />}
      {all?.length === 0 && <NoPolicies />}
      <Stack gap="sm" component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
        {all?.map((policy) => (
          <li key={policy.name}>
            <PolicyCard policy={policy} />
          </li>
        ))}
      </Stack>
      <MoreRows query={policies}>More policies</MoreRows>
    </>
  );
}

/** No policy has a name like that. */
const newPolicyPath = '/coverage/-/new';

function NoPolicies() {
  return (
    <Card withBorder>
      <Empty title="No coverage policies yet">
        <Text size="sm" className="quiet" maw="60ch">
          A coverage policy says which keys must be usable in which Regions. It is checked against CCKM by its schedule
          and on request. Create one here, or apply a file:
        </Text>
        <Code block ta="left" tabIndex={0}>
          keyferry coverage apply -f tier-1.yaml
        </Code>
      </Empty>
    </Card>
  );
}
