import { countOf, formatNumber } from '@keyferry/core';
import { Button, Group, Input, SegmentedControl, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useRef } from 'react';
import type { Draft } from './draft.ts';
import { type LineFault, LineFaults } from './line-faults.tsx';
import { ManifestField } from './manifest-field.tsx';
import { linePx, NumberedText } from './numbered-text.tsx';
import { Pairs } from './pairs.tsx';
import { type ReadKeys, withoutUnreadable } from './read-keys.ts';
import type { RefusedLine } from './refused-lines.ts';
import { Section, type SectionProps } from './section.tsx';
import { whyNoKey } from './why-no-key.ts';

interface KeysSectionProps extends SectionProps {
  named: ReadKeys;
  refusedLines: readonly RefusedLine[];
}

/** Which keys: pasted, described, or in a file. */
export function KeysSection({ draft, named, refusedLines, change, error }: KeysSectionProps) {
  return (
    <Section title="Keys" hint="The primaries to replicate.">
      <SegmentedControl
        aria-label="How the keys are named"
        value={draft.source}
        onChange={(source) => change({ source: source as Draft['source'] })}
        data={[
          { value: 'keys', label: 'Paste' },
          { value: 'selector', label: 'Describe' },
          { value: 'manifest', label: 'Manifest' },
        ]}
      />
      {draft.source === 'keys' && <Pasted draft={draft} named={named} change={change} error={error} />}
      {draft.source === 'selector' && <Described draft={draft} change={change} error={error} />}
      {draft.source === 'manifest' && (
        <ManifestField draft={draft} refused={refusedLines} change={change} error={error} />
      )}
    </Section>
  );
}

function Pasted({ draft, named, change, error }: SectionProps & { named: ReadKeys }) {
  const input = useRef<HTMLTextAreaElement>(null);
  const { keys, unreadable, repeated } = named;
  const select = (i: number) => {
    const entry = unreadable[i];
    if (entry === undefined || input.current === null) return;
    input.current.focus();
    input.current.setSelectionRange(entry.start, entry.start + entry.text.length);
    input.current.scrollTop = Math.max(0, entry.line - 3) * linePx;
  };
  const faults = (count: number) => {
    const lines = draft.keysText.split('\n');
    return unreadable.slice(0, count).map(
      ({ line, column, text }): LineFault => ({
        line,
        text: lines[line - 1] ?? null,
        mark: [column, column + text.length],
        why: whyNoKey(text),
      }),
    );
  };
  return (
    <Stack gap="xs">
      <NumberedText
        ref={input}
        label="Keys"
        description="CCKM key ids, multi-Region key ids, key ARNs or aliases, one a line. An alias that several primaries have is blocked: use the ARN then."
        placeholder={
          'mrk-1234567890abcdef1234567890abcdef\narn:aws:kms:us-east-1:111122223333:key/mrk-…\nalias/prod-payments'
        }
        data-field="keys"
        value={draft.keysText}
        onChange={(keysText) => change({ keysText })}
        faulty={new Set(unreadable.map(({ line }) => line))}
        error={error('keys')}
      />
      <Text size="sm" className="quiet numbers" role="status">
        {countOf(keys.length, 'key')}
        {repeated > 0 && `, ${formatNumber(repeated)} more than once`}
        {unreadable.length > 0 && `, ${formatNumber(unreadable.length)} unreadable`}
      </Text>
      {unreadable.length > 0 && (
        <>
          <LineFaults
            label="Entries that are not keys"
            total={unreadable.length}
            onGo={(_, i) => select(i)}
            faults={faults}
          />
          <Group>
            <Button
              variant="default"
              size="xs"
              onClick={() => change({ keysText: withoutUnreadable(draft.keysText, unreadable) })}
            >
              Remove {countOf(unreadable.length, 'unreadable entry', 'unreadable entries')}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}

const selectorHints = {
  alias: { label: 'Alias', description: '"*" stands for any characters.' },
  account: { label: 'Account', description: 'The AWS account id of the key: 12 digits.' },
  policy_template: { label: 'Policy template', description: 'The id of the CCKM policy template of the key.' },
} as const;

function Described({ draft, change, error }: SectionProps) {
  const { selector } = draft;
  const set = (next: Partial<Draft['selector']>) => change({ selector: { ...selector, ...next } });
  const text = (field: keyof typeof selectorHints) => ({
    ...selectorHints[field],
    'data-field': `selector.${field}`,
    value: selector[field],
    onChange: (event: { currentTarget: { value: string } }) => set({ [field]: event.currentTarget.value }),
    error: error(`selector.${field}`),
  });
  return (
    <Stack data-field="selector">
      <Text size="sm" className="quiet">
        Every multi-Region primary that CCKM lists and that matches all of these fields when the plan is resolved.
      </Text>
      {error('selector', 'exactly') && <Input.Error>{error('selector', 'exactly')}</Input.Error>}
      <TextInput {...text('alias')} placeholder="alias/prod-*" />
      <Group grow align="flex-start">
        <TextInput {...text('account')} placeholder="111122223333" inputMode="numeric" />
        <TextInput
          label="Primary’s Region"
          description="Only keys whose primary is there."
          placeholder="us-east-1"
          data-field="selector.region"
          value={selector.region ?? ''}
          onChange={(event) => set({ region: event.currentTarget.value || null })}
          error={error('selector.region')}
        />
      </Group>
      <Group grow align="flex-start">
        <Select
          label="Origin"
          description="EXTERNAL: imported key material (BYOK)."
          placeholder="Either"
          clearable
          data={['AWS_KMS', 'EXTERNAL']}
          data-field="selector.origin"
          value={selector.origin}
          onChange={(origin) => set({ origin })}
        />
        <TextInput {...text('policy_template')} />
      </Group>
      <TagsInput
        label="Missing in"
        description="Keys without a replica in at least one of these Regions. Enter adds one; group:NAME is a Region group."
        data-field="selector.missing_in"
        value={[...selector.missing_in]}
        onChange={(missing_in) => set({ missing_in })}
        error={error('selector.missing_in')}
      />
      <Pairs
        label="Tags"
        hint="All of these tags, with exactly these values."
        field="selector.tags"
        value={selector.tags}
        onChange={(tags) => set({ tags })}
        error={error}
      />
    </Stack>
  );
}
