import { Anchor, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useCaller } from '../api/caller.ts';
import { PageHead } from './page-head.tsx';

/** An address without a page. */
export function NotFound() {
  return <NoPage title="Page not found">The address is mistyped, or what it names was deleted.</NoPage>;
}

/** A page that the caller's role or scope does not include. */
export function NotAllowed({ page }: { page: string }) {
  const { caller, role, scope } = useCaller();
  const everywhere = scope.accounts === null && scope.regions === null;
  return (
    <NoPage title={`Not allowed: ${page}`}>
      {caller} has the role {role}
      {everywhere ? '' : ' within a scope'}, which does not include this page. An admin can create a token that does.
    </NoPage>
  );
}

function NoPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <PageHead title={title} />
      <Stack gap="xs" align="flex-start">
        <Text>{children}</Text>
        <Anchor component={Link} href="/">
          To the start page
        </Anchor>
      </Stack>
    </>
  );
}
