import type { ReplicaDifferenceView } from '@keyferry/core';
import { Code, SimpleGrid, Stack, Text } from '@mantine/core';
import classes from './replica.module.css';
import { Section } from './section.tsx';

/** In what a replica that was there before is other than the plan wants it. */
export function ReplicaDiff({ differences }: { differences: readonly ReplicaDifferenceView[] }) {
  if (differences.length === 0) {
    return (
      <Section title="Compared with the plan">
        <Text size="sm">It is as the plan wants it.</Text>
      </Section>
    );
  }
  return (
    <Section title="Compared with the plan">
      <Text size="sm" className="quiet">
        Keyferry changes nothing on a replica that it did not make. Of policies and tags only what differs is shown.
      </Text>
      {differences.map(({ field, wanted, present }) => (
        <Stack key={field} gap={4}>
          <Text size="sm" fw={600} tt="capitalize">
            {field}
          </Text>
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs">
            <Side title="The plan wants" value={wanted} />
            <Side title="The replica has" value={present} />
          </SimpleGrid>
        </Stack>
      ))}
    </Section>
  );
}

function Side({ title, value }: { title: string; value: unknown }) {
  return (
    <div className={classes.side}>
      <Text size="xs" className="quiet">
        {title}
      </Text>
      {isNothing(value) ? (
        <Text size="sm" className="quiet">
          Nothing
        </Text>
      ) : (
        <Code block tabIndex={0} aria-label={title} className={classes.code}>
          {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
        </Code>
      )}
    </div>
  );
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}
