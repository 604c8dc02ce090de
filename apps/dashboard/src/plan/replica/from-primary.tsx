import type { ReplicaDetailView } from '@keyferry/core';
import { Code, Stack, Text } from '@mantine/core';
import classes from './replica.module.css';
import { Section } from './section.tsx';

/** What the replica gets by `same_as_primary`, as it was read of the primary. */
export function FromPrimary({ settings }: { settings: NonNullable<ReplicaDetailView['from_primary']> }) {
  return (
    <Section title="From the primary">
      <Text size="sm" className="quiet">
        As the primary had it when the plan was resolved. Sent as it stands here.
      </Text>
      {Object.entries(settings).map(([field, value]) => (
        <Stack key={field} gap={4}>
          <Text size="sm" fw={600} tt="capitalize">
            {field}
          </Text>
          <Code block tabIndex={0} aria-label={`${field} from the primary`} className={classes.code}>
            {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
          </Code>
        </Stack>
      ))}
    </Section>
  );
}
