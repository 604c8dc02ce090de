import { AppShell, Burger, Group } from '@mantine/core';
import { useDisclosure, useFavicon } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useHealth } from '../api/health.ts';
import { Allowed } from './allowed.tsx';
import { CallerMenu } from './caller-menu.tsx';
import { Logo } from './logo.tsx';
import { Navigation } from './navigation.tsx';
import { StaleNotice } from './stale-notice.tsx';

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
        <Allowed>{children}</Allowed>
      </AppShell.Main>
    </AppShell>
  );
}

const tabIcons = { ok: '/favicon.svg', attention: '/favicon-attention.svg', broken: '/favicon-broken.svg' };

/** Shows the verdict on the installation in the browser's tab. */
function TabMark() {
  const { health, stale } = useHealth();
  useFavicon(tabIcons[stale ? 'attention' : (health ?? 'ok')]);
  return null;
}
