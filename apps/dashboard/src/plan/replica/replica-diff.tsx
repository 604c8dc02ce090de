import type { ReplicaDetailView, ReplicaDifferenceView } from '@keyferry/core';
import { Code, SimpleGrid, Stack, Text } from '@mantine/core';
import classes from './replica.module.css';
import { Section } from './section.tsx';

/** In what a replica differs from the request. `isOurs`: a call of the plan made it. */
export function ReplicaDiff({
  differences,
  isOurs,
}: {
  differences: readonly ReplicaDifferenceView[];
  isOurs: boolean;
}) {
  if (differences.length === 0) {
    return (
      <Section title="Compared with the plan">
        <Text size="sm">It matches the request.</Text>
      </Section>
    );
  }
  return (
    <Section title="Compared with the plan">
      <Text size="sm" className="quiet">
        {isOurs
          ? 'CCKM created the replica without these settings.'
          : 'Keyferry changes nothing on a replica that it did not create.'}{' '}
        Of policies and tags only the difference is shown.
      </Text>
      {differences.map(({ field, wanted, present }) => (
        <Stack key={`${field} ${JSON.stringify(wanted)}`} gap={4}>
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
