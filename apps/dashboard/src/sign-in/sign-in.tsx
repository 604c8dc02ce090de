import { Button, Card, Center, Divider, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { signIn } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Failure } from '../display/failure.tsx';
import { hasDraft } from '../new-plan/kept-draft.ts';
import { Logo } from '../shell/logo.tsx';

const loginErrors: Record<string, string> = {
  role: 'Your account has no role in Keyferry. Ask the administrator of your identity provider.',
};

export function SignIn() {
  const [token, setToken] = useState('');
  const ways = useQuery({ queryKey: ['ways-to-sign-in'], queryFn: () => keyferry.waysToSignIn() });
  const entering = useMutation({ mutationFn: signIn });
  const enter = (event: FormEvent) => {
    event.preventDefault();
    if (token !== '') entering.mutate(token.trim());
  };
  // The form that was there until now keeps what was just written as it goes: after this was rendered, before this effect.
  const [draftKept, setDraftKept] = useState(false);
  useEffect(() => setDraftKept(hasDraft(sessionStorage)), []);
  const failed = new URLSearchParams(window.location.search).get('login_error');
  const here = window.location.pathname + window.location.search;
  return (
    <Center component="main" mih="100vh" p="md">
      <Card withBorder shadow="sm" padding="xl" w="100%" maw={400}>
        <Stack>
          <Logo />
          <Title order={1} size="h3">
            Sign in
          </Title>
          {draftKept && (
            <Text role="status" size="sm">
              Your session ended. The draft of your plan is kept in this tab: sign in as before and go on.
            </Text>
          )}
          {failed !== null && (
            <Text role="alert" size="sm" c="red">
              {loginErrors[failed] ?? 'Signing in with your organisation failed. Try again.'}
            </Text>
          )}
          {ways.data?.oidc && (
            <>
              <Button component="a" href={`${ways.data.oidc.url}?return_to=${encodeURIComponent(here)}`} size="md">
                Continue with your organisation
              </Button>
              <Divider label="or with an API token" />
            </>
          )}
          <form onSubmit={enter}>
            <Stack>
              <PasswordInput
                label="API token"
                description="The admin token: KEYFERRY_ADMIN_TOKEN of the API, in a quickstart the file .keyferry/admin-token. Or one that an admin made with keyferry token create."
                autoComplete="off"
                data-autofocus
                value={token}
                onChange={(event) => setToken(event.currentTarget.value)}
              />
              <Button type="submit" loading={entering.isPending} variant={ways.data?.oidc ? 'default' : 'filled'}>
                Sign in
              </Button>
            </Stack>
          </form>
          {entering.error && (
            <Failure error={entering.error} unanswered="You are not signed in. Try again in a moment." />
          )}
        </Stack>
      </Card>
    </Center>
  );
}
