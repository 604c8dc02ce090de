import { countOf } from '@keyferry/core';
import { Card, Code, Stack, Text } from '@mantine/core';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { MoreRows, usePages } from '../display/listing.tsx';
import { Loading } from '../display/loading.tsx';
import { PageHead } from '../display/page-head.tsx';
import { whileChecked } from './coverage-queries.ts';
import { PolicyCard } from './policy-card.tsx';
import { standingOfPolicy, worstFirst } from './policy-standing.ts';

const pageSize = 100;

/** Every coverage policy and how it fares, the worst first. */
export default function Coverage() {
  const policies = usePages({
    queryKey: ['coverage', 'policies'],
    readPage: (cursor) => keyferry.request('GET /v1/coverage/policies', { query: { limit: pageSize, cursor } }),
    refetchInterval: ({ state: { data } }) => whileChecked(data?.pages.flatMap(({ items }) => items)),
  });
  const all = policies.rows && worstFirst(policies.rows);
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
                ? `${countOf(all.length, 'policy is', 'policies are')} wholly covered`
                : `${(all.length - covered).toLocaleString('en')} of ${countOf(all.length, 'policy is', 'policies are')} not wholly covered`}
              {policies.hasNextPage && ', of those that are shown'}
            </Text>
          )
        }
      />
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

const example = `name: tier-1
selector:
  tags: { tier: "1" }
regions: [eu-west-1, us-west-2]
schedule: { cron: "0 6 * * *", time_zone: Europe/Berlin }`;

function NoPolicies() {
  return (
    <Card withBorder>
      <Empty title="Nothing says yet which keys must be usable where">
        <Text size="sm" className="quiet" maw="60ch">
          A coverage policy does. Write it to a file and apply it; from then on it is checked against CCKM whenever
          somebody asks, and by its schedule.
        </Text>
        <Code block ta="left" mt="xs" tabIndex={0}>
          {example}
        </Code>
        <Code block ta="left" tabIndex={0}>
          keyferry coverage apply -f tier-1.yaml
        </Code>
      </Empty>
    </Card>
  );
}
