import { NavLink } from '@mantine/core';
import { IconSettings } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useMay } from '../api/caller.ts';
import { isWithin, mainPages, settingsPages } from './pages.ts';

/** The pages that the caller may see. `onGo` hears that one of them is opened. */
export function Navigation({ onGo }: { onGo: () => void }) {
  const [here] = useLocation();
  const may = useMay();
  const linkTo = (path: string) => ({
    href: path,
    active: isWithin(here, path),
    'aria-current': here === path ? ('page' as const) : undefined,
    onClick: onGo,
  });
  const settings = settingsPages.filter(({ needs }) => may(needs));
  const inSettings = settings.some(({ path }) => isWithin(here, path));
  const [opened, setOpened] = useState(inSettings);
  useEffect(() => {
    if (inSettings) setOpened(true);
  }, [inSettings]);
  return (
    <>
      {mainPages
        .filter(({ needs }) => may(needs))
        .map(({ path, label, icon: Icon }) => (
          <NavLink
            key={path}
            component={Link}
            label={label}
            leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
            {...linkTo(path)}
          />
        ))}
      {settings.length > 0 && (
        <NavLink
          component="button"
          label="Settings"
          leftSection={<IconSettings size={18} stroke={1.7} aria-hidden />}
          opened={opened}
          onChange={setOpened}
          aria-expanded={opened}
        >
          {settings.map(({ path, label }) => (
            <NavLink key={path} component={Link} label={label} {...linkTo(path)} />
          ))}
        </NavLink>
      )}
    </>
  );
}
