import { Anchor, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';

export function NotHere() {
  return (
    <Stack gap="xs" align="flex-start" py="xl">
      <Title order={1} size="h2">
        Nothing is here
      </Title>
      <Text>The address may be misspelt, or what it named may be gone.</Text>
      <Anchor component={Link} href="/">
        To the overview
      </Anchor>
    </Stack>
  );
}
