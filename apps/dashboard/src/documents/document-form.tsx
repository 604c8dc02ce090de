import { ProblemError } from '@keyferry/client';
import { countOf } from '@keyferry/core';
import { Button, Card, Group, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { stringify } from 'yaml';
import { Failure } from '../display/failure.tsx';
import { Notice } from '../display/notice.tsx';
import { changesBetween, withoutDefaults } from './changes.ts';
import { DocumentEditor } from './document-editor.tsx';
import type { DocumentKind } from './document-kinds.ts';
import type { Fault, ReadDocument } from './read-document.ts';
import { type Once, type Review, SaveDialog, type Stored } from './save-dialog.tsx';
import { useDocumentDraft } from './use-document-draft.ts';

interface DocumentFormProps<Data extends object, Saved> {
  kind: DocumentKind<Data>;
  /** Names the draft that the browser keeps. */
  place: string;
  /** What is changed; null: it is a new one. */
  stored: Stored | null;
  /** What a new one begins with, where that is no example. */
  begin?: object | null;
  /** A field that keeps its value, as the name that a document is stored under; null: every field may change. */
  fixed: readonly [name: string, value: string] | null;
  /** What is stored now under the name in the document. */
  readCurrent: (data: Data) => Promise<Stored | null>;
  save: (spec: object, data: Data) => Promise<Saved>;
  once?: Once<Data>;
  /** What to do when no answer came to it. */
  unanswered: string;
  onSaved: (saved: Saved) => void;
  onCancel: () => void;
}

/** Writes a document: shows what saving would change, and whether somebody else has changed it meanwhile, before it saves. */
export function DocumentForm<Data extends object, Saved>(props: DocumentFormProps<Data, Saved>) {
  const { kind, place, stored, begin = null, fixed, readCurrent, save, unanswered, once, onSaved, onCancel } = props;
  const begun = useMemo(
    () => ({ text: textOf(kind, stored?.spec ?? begin), version: stored?.version ?? null }),
    [kind, stored, begin],
  );
  const draft = useDocumentDraft(place, begun);
  const schema = useMemo(() => kind.jsonSchema(), [kind]);
  // Reading a long document takes longer than a keystroke may.
  const [followed] = useDebouncedValue(draft.text, draft.text.length > 50_000 ? 1_000 : 80);
  const read = useMemo(() => kind.read(followed), [kind, followed]);
  const [refused, setRefused] = useState<readonly Fault[]>([]);
  const faults = [...read.faults, ...changedName(read, fixed), ...refused];
  const editor = useRef<HTMLDivElement>(null);
  const review = useMutation({
    mutationFn: async ({ data, spec }: ReadDocument<Data>): Promise<Review<Data>> => {
      if (data === null || spec === null) throw new Error('A document with errors is not saved');
      const current = await readCurrent(data);
      return { data, spec, current, changes: changesBetween(current?.spec ?? {}, asJson(data)) };
    },
  });
  const saving = useMutation({
    mutationFn: ({ spec, data }: Review<Data>) => save(spec, data),
    onSuccess: (saved, { current }) => {
      draft.forget();
      notifications.show({
        color: 'teal',
        message: once?.done ?? `The ${kind.what} was ${current === null ? 'created' : 'changed'}.`,
      });
      onSaved(saved);
    },
    onError: (error) => {
      if (!(error instanceof ProblemError) || error.problem.errors === undefined) return;
      setRefused(read.place(error.problem.errors));
      close();
    },
  });
  const close = () => review.reset();
  const ask = () => {
    saving.reset();
    const now = draft.text === followed ? read : kind.read(draft.text);
    if (now.data !== null && changedName(now, fixed).length === 0) review.mutate(now);
    else editor.current?.querySelector('textarea')?.focus();
  };
  return (
    <Stack gap="md">
      {draft.restored && (
        <Notice tone="calm" title="Unsaved draft restored">
          <Button variant="default" size="compact-sm" mt={4} onClick={draft.discard}>
            Discard draft
          </Button>
        </Notice>
      )}
      <Card withBorder padding="md" ref={editor}>
        <DocumentEditor
          label={`The ${kind.what} as YAML`}
          text={draft.text}
          schema={schema}
          faults={faults}
          onChange={(text) => {
            setRefused([]);
            draft.change(text);
          }}
        />
      </Card>
      {review.error && (
        <Failure
          error={review.error}
          unanswered="What is stored now could not be read. Nothing was saved; your text is kept. Try again."
        />
      )}
      <Group gap="xs">
        <Button loading={review.isPending} onClick={ask}>
          {once?.open ?? (stored === null ? 'Create …' : 'Save …')}
        </Button>
        <Button
          variant="default"
          onClick={() => {
            draft.forget();
            onCancel();
          }}
        >
          {draft.text === begun.text ? 'Cancel' : 'Discard changes'}
        </Button>
        {faults.length > 0 && (
          <Text size="sm" className="quiet">
            Fix {countOf(faults.length, 'error')} first.
          </Text>
        )}
      </Group>
      <SaveDialog
        what={kind.what}
        base={draft.version}
        isNew={stored === null}
        review={review.data}
        once={once}
        saving={saving}
        unanswered={unanswered}
        onClose={close}
        onSave={() => review.data && saving.mutate(review.data)}
      />
    </Stack>
  );
}

/** A document is found by its name: with another it would be another document. */
function changedName(
  { spec, place }: ReadDocument<unknown>,
  fixed: DocumentFormProps<object, unknown>['fixed'],
): Fault[] {
  if (fixed === null || spec === null || spec[fixed[0]] === fixed[1]) return [];
  const [path, value] = fixed;
  return place([
    {
      path,
      code: 'other_name',
      message: `Keep "${value}": a document keeps its ${path}. For another, create a new one.`,
    },
  ]);
}

/** What is stored as one would write it, without what is said by default. */
function textOf<Data extends object>(kind: DocumentKind<Data>, spec: object | null): string {
  return spec === null ? kind.example : stringify(withoutDefaults(spec, kind.whole), { lineWidth: 0 });
}

/** As the API has it: fields that are undefined are not there. */
function asJson(data: object): object {
  return JSON.parse(JSON.stringify(data)) as object;
}
