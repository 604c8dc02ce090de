import {
  Anchor,
  Badge,
  Button,
  Checkbox,
  Group,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  VisuallyHidden,
} from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { keyferry } from '../api/client.ts';
import { regionsByPart } from '../regions/region-names.ts';
import { Section, type SectionProps } from './section.tsx';

/** Where to: Region groups first, then every Region under its part of the world. */
export function RegionsSection({ draft, change, error }: SectionProps) {
  const [wanted, setWanted] = useState('');
  const [everywhere, setEverywhere] = useState(false);
  const groups = useQuery({ queryKey: ['region-groups'], queryFn: () => keyferry.request('GET /v1/region-groups') });
  const fits = (text: string) => text.toLowerCase().includes(wanted.trim().toLowerCase());
  const choose = (regions: string[]) => change({ regions });
  const known = groups.data?.items ?? [];
  const parts = regionsByPart
    .filter(({ apart }) => everywhere || wanted !== '' || apart === undefined)
    .map(({ part, regions }) => ({
      part,
      regions: Object.entries(regions).filter(([region, name]) => fits(`${region} ${name} ${part}`)),
    }))
    .filter(({ regions }) => regions.length > 0);
  return (
    <Section title="Regions" hint="Where each key gets a replica. All in one AWS partition.">
      <Checkbox.Group
        label={<VisuallyHidden>Regions</VisuallyHidden>}
        labelProps={{ lh: 0, display: 'block' }}
        data-field="regions"
        value={[...draft.regions]}
        onChange={choose}
        error={error('regions')}
        // What is wrong with a long list stands above it.
        inputWrapperOrder={['label', 'error', 'input']}
      >
        <Stack>
          {draft.regions.length > 0 && (
            <Group gap={6}>
              {draft.regions.map((region) => (
                <Badge key={region} variant="light" tt="none" radius="sm">
                  {region}
                </Badge>
              ))}
            </Group>
          )}
          {groups.error && (
            <Text size="sm" role="status">
              Cannot read the Region groups.{' '}
              <Anchor component="button" type="button" size="sm" onClick={() => void groups.refetch()}>
                Try again
              </Anchor>
            </Text>
          )}
          {known.length > 0 && (
            <fieldset className="plain">
              <Text component="legend" size="sm" fw={600} mb={6}>
                Region groups
              </Text>
              <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="xs">
                {known.map(({ name, regions }) => (
                  <Checkbox key={name} value={`group:${name}`} label={name} description={regions.join(', ')} />
                ))}
              </SimpleGrid>
            </fieldset>
          )}
          <TextInput
            aria-label="Find a Region"
            placeholder="Find a Region or a place"
            leftSection={<IconSearch size={16} aria-hidden />}
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
          />
          {parts.map(({ part, regions }) => (
            <fieldset key={part} className="plain">
              <Text component="legend" size="sm" fw={600} mb={6}>
                {part}
              </Text>
              <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="xs">
                {regions.map(([region, name]) => (
                  <Checkbox key={region} value={region} label={region} description={name} />
                ))}
              </SimpleGrid>
            </fieldset>
          ))}
          {wanted === '' && (
            <Button
              variant="subtle"
              size="compact-sm"
              style={{ alignSelf: 'start' }}
              aria-expanded={everywhere}
              onClick={() => setEverywhere(!everywhere)}
            >
              {everywhere ? 'Hide the other partitions' : 'China, GovCloud and other partitions'}
            </Button>
          )}
          {parts.length === 0 && (
            <Text size="sm" className="quiet">
              No matching Region. Try another name or place.
            </Text>
          )}
        </Stack>
      </Checkbox.Group>
    </Section>
  );
}
