import { ProblemError } from '@keyferry/client';
import { type EstateKeyDetailView, visibleLine } from '@keyferry/core';
import { Anchor, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Copyable } from '../display/copyable.tsx';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { KeyCoverage } from './key-coverage.tsx';
import { KeyHistory } from './key-history.tsx';
import { KeySet } from './key-set.tsx';
import { keyTitle } from './key-title.ts';
import { leaveForNewPlan, newPlanPath } from './selected-keys.ts';

/** A key: its set, where it is not covered, and what plans did with it. */
export default function Key() {
  const { id = '' } = useParams<{ id: string }>();
  const { data, error, refetch } = useQuery({
    queryKey: ['key', id],
    queryFn: () => keyferry.request('GET /v1/keys/{id}', { id }),
    // It may be listed by the next reading of CCKM.
    refetchInterval: ({ state }) => (state.error ? 2_000 : 15_000),
  });
  if (data) return <Known of={data} />;
  if (!error) return <Loading what="the key" heights={[64, 160, 240]} />;
  if (error instanceof ProblemError && error.status === 404) return <NoSuchKey why={error.problem.detail} />;
  return <Failure error={error} what="the key" onRetry={() => void refetch()} />;
}

function Known({ of }: { of: EstateKeyDetailView }) {
  const { key_id, mrk, account, origin, multi_region, primary_region, read_at } = of;
  return (
    <>
      <Anchor component={Link} href="/keys" size="xs" className="quiet">
        ← All keys
      </Anchor>
      <PageHead
        title={keyTitle(of)}
        below={
          <Group gap="2px 14px">
            <Text size="sm">
              {multi_region ? 'Multi-Region' : 'Single-Region: it cannot be replicated'}, {origin ?? 'origin unknown'}
            </Text>
            <Text size="sm">
              <span className="quiet">account</span> {account ?? 'unknown'}
            </Text>
            {mrk !== null && <Copyable value={mrk} what="the AWS key id" />}
            {read_at && (
              <Text size="sm">
                <span className="quiet">read from CCKM</span> <Time at={read_at} />
              </Text>
            )}
          </Group>
        }
      >
        {multi_region && primary_region !== null && <PlanOf keyId={key_id} />}
      </PageHead>
      <Stack gap="md">
        <Part title="Multi-Region set">
          <KeySet of={of} />
        </Part>
        <Part title="Coverage">
          <KeyCoverage id={key_id} />
        </Part>
        <Part title="History">
          <KeyHistory id={key_id} />
        </Part>
      </Stack>
    </>
  );
}

function PlanOf({ keyId }: { keyId: string }) {
  const may = useMay();
  const [, navigate] = useLocation();
  const [refused, setRefused] = useState(false);
  if (!may('POST /v1/plans')) return null;
  return (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => (leaveForNewPlan([keyId]) ? navigate(newPlanPath) : setRefused(true))}
    >
      {refused ? 'The browser blocks storage: copy the key id' : 'New plan with this key'}
    </Button>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder padding={0} component="section" aria-label={title}>
      <Title order={2} size="h4" p="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

function NoSuchKey({ why }: { why: string }) {
  return (
    <Empty title="Key not found">
      <Text size="sm" className="quiet">
        {visibleLine(why)}
      </Text>
      <Anchor component={Link} href="/keys">
        To all keys
      </Anchor>
    </Empty>
  );
}
