import { AppShell, Burger, Group, NavLink } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useMay } from '../api/caller.ts';
import { CallerMenu } from './caller-menu.tsx';
import { ConnectionNotice } from './connection-notice.tsx';
import { Logo } from './logo.tsx';
import { pages } from './navigation.ts';
import { TabMark } from './tab-mark.tsx';

/** What stands around every page: where one is, who one is, and whether what one sees is live. */
export function Shell({ children }: { children: ReactNode }) {
  const [open, { toggle, close }] = useDisclosure();
  const [here] = useLocation();
  const may = useMay();
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
      <AppShell.Navbar p="xs" aria-label="Pages">
        {pages
          .filter(({ needs }) => may(needs))
          .map(({ path, label, icon: Icon }) => (
            <NavLink
              key={path}
              component={Link}
              href={path}
              label={label}
              leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
              active={path === '/' ? here === '/' : here.startsWith(path)}
              aria-current={here === path ? 'page' : undefined}
              onClick={close}
            />
          ))}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <ConnectionNotice />
        {children}
      </AppShell.Main>
    </AppShell>
  );
}
