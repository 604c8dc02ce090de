import { Alert, AppShell, Burger, Group } from '@mantine/core';
import { useDisclosure, useFavicon } from '@mantine/hooks';
import { IconPlugConnectedX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { lastAnswer, useConnection } from '../api/connection.ts';
import { useHealth } from '../api/health.ts';
import { Time } from '../display/time.tsx';
import { CallerMenu } from './caller-menu.tsx';
import { Logo } from './logo.tsx';
import { Navigation } from './navigation.tsx';

/** What stands around every page: where one is, who one is, and whether what one sees is live. */
export function Shell({ children }: { children: ReactNode }) {
  const [open, { toggle, close }] = useDisclosure();
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <TabMark />
      <a className="skip" href="#content">
        To the content
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Pages" aria-expanded={open} />
            <Logo />
          </Group>
          <CallerMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages" style={{ overflowY: 'auto' }}>
        <Navigation onGo={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <StaleNotice />
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

/** Says that what is shown is old, and since when, while the API does not answer or its health cannot be read. */
function StaleNotice() {
  const lost = useConnection() === 'lost';
  const { readAt, stale } = useHealth();
  if (!lost && !stale) return null;
  return (
    <Alert
      role="status"
      color="orange"
      mb="md"
      icon={<IconPlugConnectedX aria-hidden />}
      title={lost ? 'No connection to Keyferry' : 'The health of Keyferry is not known'}
    >
      {lost ? (
        <>
          What you see is from <Time at={lastAnswer()} /> or before. The workers go on by themselves; this page tries
          again every few seconds.
        </>
      ) : (
        <>
          It was last read at <Time at={readAt} />; since then the API does not answer that in time. This page tries
          again every few seconds.
        </>
      )}
    </Alert>
  );
}

const tabIcons = { ok: '/favicon.svg', attention: '/favicon-attention.svg', broken: '/favicon-broken.svg' };

/** Shows the verdict on the installation in the browser's tab. */
function TabMark() {
  const { health, stale } = useHealth();
  useFavicon(tabIcons[stale ? 'attention' : (health ?? 'ok')]);
  return null;
}
