import { Alert, AppShell, Burger, Group, NavLink } from '@mantine/core';
import { useDisclosure, useFavicon } from '@mantine/hooks';
import {
  IconBarrierBlock,
  IconGauge,
  IconKey,
  IconListDetails,
  IconPlugConnectedX,
  IconRoad,
  IconShieldCheck,
  IconStack2,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useMay } from '../api/caller.ts';
import { lastAnswer, useConnection } from '../api/connection.ts';
import { useHealth } from '../api/health.ts';
import { Time } from '../display/time.tsx';
import { CallerMenu } from './caller-menu.tsx';
import { Logo } from './logo.tsx';

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

/** The pages, and the operation that a caller must be allowed to see each. */
const pages = [
  { path: '/', label: 'Overview', icon: IconGauge, needs: 'GET /v1/overview' },
  { path: '/plans', label: 'Plans', icon: IconListDetails, needs: 'GET /v1/plans' },
  { path: '/coverage', label: 'Coverage', icon: IconShieldCheck, needs: 'GET /v1/coverage/policies' },
  { path: '/drills', label: 'Drills', icon: IconBarrierBlock, needs: 'GET /v1/drills' },
  { path: '/keys', label: 'Keys', icon: IconKey, needs: 'GET /v1/keys' },
  { path: '/lanes', label: 'Lanes', icon: IconRoad, needs: 'GET /v1/lanes' },
  { path: '/queues', label: 'Queues', icon: IconStack2, needs: 'GET /queues' },
] as const;
