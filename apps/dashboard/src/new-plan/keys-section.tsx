import { maxManifestRows, planNotes, selectorNotes, truncateText } from '@keyferry/core';
import {
  Alert,
  FileInput,
  Group,
  List,
  SegmentedControl,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import type { Draft } from './draft.ts';
import { Pairs } from './pairs.tsx';
import type { ReadKeys } from './read-keys.ts';
import { type ErrorAt, Section } from './section.tsx';

const unreadableShown = 5;

/** Which keys: pasted, described, or in a file. */
export function KeysSection({ draft, named, change, error }: SectionProps & { named: ReadKeys }) {
  return (
    <Section title="Keys" hint="The primaries to replicate.">
      <SegmentedControl
        aria-label="How the keys are named"
        value={draft.source}
        onChange={(source) => change({ source: source as Draft['source'] })}
        data={[
          { value: 'keys', label: 'Paste' },
          { value: 'selector', label: 'Describe' },
          { value: 'manifest', label: 'Upload' },
        ]}
      />
      {draft.source === 'keys' && <Pasted draft={draft} named={named} change={change} error={error} />}
      {draft.source === 'selector' && <Described draft={draft} change={change} error={error} />}
      {draft.source === 'manifest' && (
        <FileInput
          label="Manifest"
          description={`CSV or NDJSON, one key and Region a row, at most ${maxManifestRows.toLocaleString('en')}; a row may set its own alias, description and tags.`}
          placeholder="Choose a .csv, .ndjson or .jsonl file"
          accept=".csv,.ndjson,.jsonl,text/csv,application/x-ndjson"
          leftSection={<IconFileUpload size={16} aria-hidden />}
          clearable
          value={draft.manifest}
          onChange={(manifest) => change({ manifest })}
          error={error('manifest')}
        />
      )}
    </Section>
  );
}

function Pasted({ draft, named, change, error }: SectionProps & { named: ReadKeys }) {
  const { keys, unreadable, repeated } = named;
  return (
    <Stack gap="xs">
      <Textarea
        label="Keys"
        description={planNotes.key.description}
        placeholder={planNotes.key.examples?.join('\n')}
        autosize
        minRows={5}
        maxRows={14}
        spellCheck={false}
        value={draft.keysText}
        onChange={(event) => change({ keysText: event.currentTarget.value })}
        error={unreadable.length === 0 ? error('keys') : undefined}
      />
      <Text size="sm" className="quiet numbers" role="status">
        {keys.length.toLocaleString('en')} {keys.length === 1 ? 'key' : 'keys'}
        {repeated > 0 && `, ${repeated.toLocaleString('en')} named again and taken once`}
      </Text>
      {unreadable.length > 0 && (
        <Alert color="red" title={`${unreadable.length.toLocaleString('en')} not read as a key, and left out`}>
          <List size="sm">
            {unreadable.slice(0, unreadableShown).map(({ line, text }, i) => (
              <List.Item key={i}>
                Line {line}: {truncateText(text, 80)}
              </List.Item>
            ))}
          </List>
          {unreadable.length > unreadableShown && (
            <Text size="sm">and {(unreadable.length - unreadableShown).toLocaleString('en')} more</Text>
          )}
        </Alert>
      )}
    </Stack>
  );
}

function Described({ draft, change, error }: SectionProps) {
  const { selector } = draft;
  const set = (next: Partial<Draft['selector']>) => change({ selector: { ...selector, ...next } });
  const text = (field: 'alias' | 'account' | 'policy_template') => ({
    label: selectorNotes[field].title,
    description: selectorNotes[field].description,
    value: selector[field],
    onChange: (event: { currentTarget: { value: string } }) => set({ [field]: event.currentTarget.value }),
    error: error(`selector.${field}`),
  });
  return (
    <Stack>
      <Text size="sm" className="quiet">
        Takes every multi-Region primary that CCKM lists and that fits all of what is filled in here, at the time when
        the plan is resolved.
      </Text>
      <TextInput {...text('alias')} placeholder="alias/prod-*" />
      <Group grow align="flex-start">
        <TextInput {...text('account')} placeholder="111122223333" inputMode="numeric" />
        <TextInput
          label={selectorNotes.region.title}
          description={selectorNotes.region.description}
          placeholder="us-east-1"
          value={selector.region ?? ''}
          onChange={(event) => set({ region: event.currentTarget.value || null })}
          error={error('selector.region')}
        />
      </Group>
      <Group grow align="flex-start">
        <Select
          label={selectorNotes.origin.title}
          description={selectorNotes.origin.description}
          placeholder="Either"
          clearable
          data={['AWS_KMS', 'EXTERNAL']}
          value={selector.origin}
          onChange={(origin) => set({ origin })}
        />
        <TextInput {...text('policy_template')} />
      </Group>
      <Pairs
        label={selectorNotes.tags.title}
        hint={selectorNotes.tags.description}
        value={selector.tags}
        onChange={(tags) => set({ tags })}
        error={error('selector.tags')}
      />
      {error('selector') && (
        <Text size="sm" c="var(--mantine-color-error)">
          {error('selector')}
        </Text>
      )}
    </Stack>
  );
}

/** What a part of the form is given: the draft, how to change it, and what is wrong. */
export interface SectionProps {
  draft: Draft;
  change: (next: Partial<Draft>) => void;
  error: ErrorAt;
}
