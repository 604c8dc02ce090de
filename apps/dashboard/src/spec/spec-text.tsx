import { visibleText } from '@keyferry/core';
import { Button, Group, SegmentedControl, Switch, Text } from '@mantine/core';
import { IconCheck, IconCopy, IconDownload } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import { stringify } from 'yaml';
import { withSearch } from '../display/address.ts';
import { fileName, saveAs } from '../display/save-as.ts';
import { abridge } from './abridge.ts';
import looks from './spec.module.css';

type Format = 'yaml' | 'json';

interface SpecTextProps {
  spec: Readonly<Record<string, unknown>>;
  /** Of the file that it is downloaded as. */
  name: string;
  sha256?: string;
  /** What is shown, exactly. */
  note: string;
}

/** Something that was written as YAML or JSON, to read, to copy and to give in again; how it is shown stands in the address. */
export default function SpecText({ spec: given, name, sha256, note }: SpecTextProps) {
  const [search, setSearch] = useSearchParams();
  const format: Format = search.get('format') === 'json' ? 'json' : 'yaml';
  const whole = search.get('whole') === 'yes';
  const spec = useMemo(() => inOrder(given), [given]);
  const { text, cut } = useMemo(() => {
    const { value, cut } = abridge(spec);
    return { text: written(whole ? spec : value, format), cut };
  }, [spec, whole, format]);
  const change = (name: string, value: string | null) =>
    setSearch((now) => withSearch(now, { [name]: value }), { replace: true });
  return (
    <>
      <Group p="sm" gap="sm">
        <SegmentedControl
          aria-label="Written as"
          value={format}
          onChange={(next) => change('format', next === 'yaml' ? null : next)}
          data={[
            { value: 'yaml', label: 'YAML' },
            { value: 'json', label: 'JSON' },
          ]}
        />
        {cut && (
          <Switch
            label="Policies and long lists in full"
            checked={whole}
            onChange={({ currentTarget }) => change('whole', currentTarget.checked ? 'yes' : null)}
          />
        )}
        <Group gap="xs" ml="auto">
          <CopyWhole text={() => written(spec, format)} />
          <Button
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            onClick={() => saveAs(`${fileName(name)}.${format}`, written(spec, format))}
          >
            Download
          </Button>
        </Group>
      </Group>
      <Text size="sm" className="quiet" px="md" pb="xs">
        {note}
        {sha256 !== undefined && (
          <>
            {' '}
            SHA-256 as submitted: <code className={looks.hash}>{sha256}</code>
          </>
        )}
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled by keyboard */}
      <pre className={looks.text} tabIndex={0}>
        {visibleText(text)}
      </pre>
    </>
  );
}

/** All of it, whatever is shown; written out only when it is asked for. */
function CopyWhole({ text }: { text: () => string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setState('copied');
    } catch {
      setState('refused');
    }
  };
  return (
    <Button
      variant="default"
      leftSection={state === 'copied' ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
      onClick={() => void copy()}
    >
      <span aria-live="polite">
        {{ idle: 'Copy', copied: 'Copied', refused: 'Not allowed here: download it' }[state]}
      </span>
    </Button>
  );
}

function written(value: unknown, format: Format): string {
  return format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(value, { lineWidth: 0 });
}

const fieldOrder = [
  'name',
  'description',
  'scenario',
  'mode',
  'keys',
  'selector',
  'manifest',
  'regions',
  'account_regions',
  'region_groups',
  'lost_regions',
  'targets',
  'material_valid_days',
  'same_as_primary',
  'ignore_tags',
  'exact_tags',
  'replica',
  'overrides',
  'change_ticket',
  'approvals',
  'approvers',
  'schedule',
  'options',
  'steps',
];

/** What was written with its fields in the order in which one writes them; Postgres keeps them in its own. */
function inOrder(spec: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const place = (name: string) => (fieldOrder.includes(name) ? fieldOrder.indexOf(name) : fieldOrder.length);
  return Object.fromEntries(Object.entries(spec).sort(([a], [b]) => place(a) - place(b)));
}
