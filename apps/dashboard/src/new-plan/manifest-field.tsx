import { maxManifestRows } from '@keyferry/core';
import { FileInput, Stack, Text } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { linesInWords } from './find-errors.ts';
import { LineFaults } from './line-faults.tsx';
import { rowsOf, takeFile } from './manifest-file.ts';
import { NumberedText } from './numbered-text.tsx';
import { markedPart, type RefusedLine, readLines } from './refused-lines.ts';
import type { SectionProps } from './section.tsx';

/** A file of rows, chosen or pasted; what the API refused in it is shown line by line. */
export function ManifestField({ draft, refused, change, error }: SectionProps & { refused: readonly RefusedLine[] }) {
  const { manifest } = draft;
  const lines = useLines(draft.manifest && rowsOf(draft.manifest)?.rows, refused);
  const fault = ({ line, message }: RefusedLine) => {
    const text = lines.get(line) ?? null;
    return { line, text, mark: markedPart(text ?? '', message), why: message };
  };
  // Which lines; why stands beside each below.
  const wrong = refused.length > 0 ? `Refused in ${linesInWords(refused.map(({ line }) => line))}.` : error('manifest');
  return (
    <Stack gap="xs">
      <FileInput
        label="Manifest"
        description={`CSV or NDJSON: one key and Region a row, at most ${maxManifestRows.toLocaleString('en')}. A row may set its own alias, description and tags.`}
        placeholder={manifest?.name ?? 'Choose a .csv, .ndjson or .jsonl file'}
        accept=".csv,.ndjson,.jsonl,text/csv,application/x-ndjson"
        leftSection={<IconFileUpload size={16} aria-hidden />}
        clearable
        data-field={manifest?.text == null ? 'manifest' : undefined}
        value={manifest?.file ?? null}
        onChange={(file) => void takeFile(file).then((taken) => change({ manifest: taken }))}
        error={manifest?.text == null ? wrong : undefined}
      />
      {(manifest === null || manifest.text !== null) && (
        <NumberedText
          label={manifest === null ? 'Or paste its rows' : `Rows of ${manifest.name}`}
          placeholder={'key,region\nalias/prod-payments-001,us-west-2'}
          data-field={manifest === null ? undefined : 'manifest'}
          value={manifest?.text ?? ''}
          onChange={(text) => {
            const name = manifest?.name ?? (text.trimStart().startsWith('{') ? 'pasted.ndjson' : 'pasted.csv');
            change({ manifest: text === '' ? null : { name, text, file: null } });
          }}
          faulty={new Set(refused.map(({ line }) => line))}
          error={manifest === null ? undefined : wrong}
        />
      )}
      {refused.length > 0 && (
        <LineFaults
          label="Refused lines of the manifest"
          total={refused.length}
          faults={(count) => refused.slice(0, count).map(fault)}
        />
      )}
      {manifest?.file && (
        <Text size="sm" className="quiet">
          This file is too large to edit here, and a reload of the page forgets it.
        </Text>
      )}
    </Stack>
  );
}

/** The lines that were refused, as they stand in the file. */
function useLines(rows: Blob | null | undefined, refused: readonly RefusedLine[]): ReadonlyMap<number, string> {
  const [lines, setLines] = useState<ReadonlyMap<number, string>>(new Map());
  useEffect(() => {
    let left = false;
    setLines(new Map());
    if (rows && refused.length > 0) {
      readLines(rows, new Set(refused.map(({ line }) => line))).then(
        (found) => left || setLines(found),
        // The file was moved or changed since: its lines are named by their numbers alone.
        () => undefined,
      );
    }
    return () => {
      left = true;
    };
  }, [refused]);
  return lines;
}
