import { Badge, Button, Menu, SegmentedControl, Text, useMantineColorScheme } from '@mantine/core';
import { IconChevronDown, IconLogout } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { signOut, useCaller } from '../api/caller.ts';

/** Who one is, light or dark, and the way out. */
export function CallerMenu() {
  const { caller, role } = useCaller();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const leaving = useMutation({ mutationFn: signOut });
  return (
    <Menu position="bottom-end" width={260} closeOnItemClick={false}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-md"
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          {caller}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          Signed in as {caller} <Badge variant="light">{role}</Badge>
        </Menu.Label>
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label="Colours"
          value={colorScheme}
          onChange={(value) => setColorScheme(value as typeof colorScheme)}
          data={[
            { value: 'auto', label: 'System' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
        />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => leaving.mutate()}>
          Sign out
        </Menu.Item>
        {leaving.error && (
          <Text size="xs" c="red" px="sm" pb="xs" role="alert">
            That did not work: {leaving.error.message}
          </Text>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
