import { coverageStates, type KeyCoverageView } from '@keyferry/core';
import { Anchor, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Listing } from '../display/listing.tsx';
import { withLocalTimes } from '../display/local-time.ts';
import { Time } from '../display/time.tsx';
import { coverageLooks } from '../states/coverage-states.ts';
import { StateGlyph } from '../states/state-look.tsx';

/** What the newest check of each policy found of it, what is wrong first. */
export function KeyCoverage({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ['key', id, 'coverage'],
    queryFn: () => keyferry.request('GET /v1/keys/{id}/coverage', { id }),
    refetchInterval: 60_000,
  });
  const rows = query.data?.items.toSorted((a, b) => badness(a) - badness(b));
  const covered = rows?.filter(({ state }) => state === 'covered').length ?? 0;
  return (
    <Listing what="its coverage" query={query} rows={rows} height={44} none={<Empty title="No policy requires it" />}>
      {(cells) => (
        <>
          <Text size="sm" px="sm" pb="xs" className="quiet numbers">
            {covered.toLocaleString('en')}/{cells.length.toLocaleString('en')} Regions required by policies covered
          </Text>
          <Table.ScrollContainer minWidth={640}>
            <Table verticalSpacing="xs" horizontalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Policy</Table.Th>
                  <Table.Th>Region</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th w="40%">Cause and fix</Table.Th>
                  <Table.Th>Checked</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {cells.map((cell) => (
                  <Table.Tr key={`${cell.policy} ${cell.region}`} style={{ verticalAlign: 'top' }}>
                    <Table.Td>
                      <Anchor component={Link} href={`/coverage/${cell.policy}`} size="sm">
                        {cell.policy}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>{cell.region}</Table.Td>
                    <Table.Td>
                      <StateGlyph look={coverageLooks[cell.state]} /> {coverageLooks[cell.state].label}
                    </Table.Td>
                    <Table.Td>{withLocalTimes(cell.message)}</Table.Td>
                    <Table.Td>
                      <Time at={cell.checked_at} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </>
      )}
    </Listing>
  );
}

const badness = ({ state }: KeyCoverageView) => coverageStates.indexOf(state);
